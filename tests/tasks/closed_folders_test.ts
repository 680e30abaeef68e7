import { assertEquals, assertStringIncludes } from "../helpers/assert.ts";
import { run } from "../helpers/command.ts";
import { unix } from "../helpers/folders.ts";

unix.test("tasks say that Deno closes /dev: 5 for what they read, 6 for where they write", async (dir) => {
  const [data, place] = ["copy the data elsewhere", "choose a folder elsewhere"];
  const cases: [task: string, args: string[], code: number, advice: string][] = [
    ["data", ["--check=/dev/shm/x"], 5, data],
    ["data", ["--synthetic", "--data-dir=/dev/shm/x"], 6, place],
    ["fit", ["--kernel-dir=/proc/x", `--gaussian-dir=${dir}/out`], 5, data],
    ["fit", ["--gaussian-dir=/sys/x"], 6, place],
    ["export", ["--gaussian-dir=/dev/shm/x", `--out=${dir}/out`], 5, data],
    ["report", ["--out=/dev/shm/x"], 6, place],
    ["phase1", ["--data-dir=/dev/shm/x"], 5, data],
    ["doctor", ["--fixtures=/dev/shm/x"], 5, data],
  ];
  await Promise.all(cases.map(async ([task, args, code, advice]) => {
    const result = await run(task, args);
    const call = `${task} ${args.join(" ")}: ${result.stderr}`;
    assertEquals(result.code, code, call);
    const [, folder] = /=(\/(dev|proc|sys))\b/.exec(args.join(" "))!;
    assertStringIncludes(result.stderr, `Deno does not let programs use ${folder}; ${advice}`);
  }));
});
