import { classAccuracies, countVotes, findDisputed } from "../../src/report/votes.ts";
import { assertEquals } from "../helpers/assert.ts";

/** Rows of predictions.csv: an image's class and what was said about it. */
function rows(image: string, label: string, said: string[]) {
  return said.map((predicted) => ({ folder: "trial000", image, label, predicted }));
}

Deno.test("countVotes: the true class must have the most votes, alone", () => {
  const votes = countVotes([
    ...rows("won", "cat", ["cat", "dog", "cat", "cow"]),
    ...rows("tied", "cat", ["cat", "dog", "dog", "cat", "cow"]),
    ...rows("lost", "cat", ["dog", "dog"]),
  ]);
  const won = { winners: ["cat"], share: 0.5, trueShare: 0.5, right: true };
  const tied = { winners: ["cat", "dog"], share: 0.4, trueShare: 0.4, right: false };
  const lost = { winners: ["dog"], share: 1, trueShare: 0, right: false };
  for (const [image, expected] of Object.entries({ won, tied, lost })) {
    assertEquals(votes.get(image), { image, label: "cat", ...expected });
  }
});

Deno.test("findDisputed finds what only one gets right, the clearest first", () => {
  const right = ["cat", "cat", "cat"], wrong = ["dog", "dog", "dog"], close = ["cat", "cat", "dog"];
  const first = [
    ...rows("both", "cat", right),
    ...rows("close", "cat", close),
    ...rows("clear", "cat", right),
    ...rows("second", "cat", wrong),
    ...rows("unseen", "cat", right),
  ];
  const second = [
    ...rows("both", "cat", close),
    ...rows("close", "cat", wrong),
    ...rows("clear", "cat", wrong),
    ...rows("second", "cat", close),
  ];
  const { onlyFirst, onlySecond } = findDisputed(first, second);
  assertEquals(onlyFirst.map(({ first }) => first.image), ["clear", "close"]);
  assertEquals(onlySecond.map(({ second }) => second.image), ["second"]);
});

Deno.test("classAccuracies counts every answer, class by class", () => {
  const answers = [...rows("a", "cat", ["cat", "dog"]), ...rows("b", "cat", ["cat", "cat"])];
  assertEquals(
    classAccuracies([...answers, ...rows("c", "dog", ["cat"])]),
    new Map([["cat", 0.75], ["dog", 0]]),
  );
});
