import { markup } from "../../src/report/markup.ts";
import { assertEquals } from "../helpers/assert.ts";

Deno.test("markup escapes text, not markup, and joins lists", () => {
  const hostile = `</b><script>alert("1" + '2') && 0</script>`;
  assertEquals(
    markup`<p title="${hostile}">${[hostile, markup`<b>${1}</b>`, undefined]}</p>`.text,
    `<p title="&lt;/b&gt;&lt;script&gt;alert(&quot;1&quot; + &#39;2&#39;) &amp;&amp; 0&lt;/script&gt;">` +
      `&lt;/b&gt;&lt;script&gt;alert(&quot;1&quot; + &#39;2&#39;) &amp;&amp; 0&lt;/script&gt;<b>1</b></p>`,
  );
});

Deno.test("markup shows what could hide or reorder text", () => {
  assertEquals(markup`${"a\u202eb\u0000c\u001bd\te\n"}`.text, "a�b�c�d\te\n");
});
