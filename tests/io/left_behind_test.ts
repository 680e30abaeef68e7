import { isLeftBehind } from "../../src/io/left_behind.ts";
import { survey } from "../../src/runs/file_names.ts";
import { assertEquals } from "../helpers/assert.ts";
import { make, unix } from "../helpers/folders.ts";

/** From every group of the list, in cases of letters that systems mix up. */
const LEFT = [
  ...["Thumbs.db", "THUMBS.DB", "ehthumbs.db", "Desktop.ini", "$RECYCLE.BIN", "$Recycle.Bin"],
  ...["System Volume Information", "Icon\r", ".DS_Store", "._1.png", "__MACOSX", "lost+found"],
  ...[".directory", ".Trash-1000", ".nfs000000000001a2b300000001", ".nomedia", "@eaDir"],
  ...["Picasa.ini", ".picasa.ini", "ZbThumbnail.info", ".dropbox", "~$report.docx"],
  ...[".~lock.report.odt#", ".ipynb_checkpoints", "FOUND.001", "1.png:Zone.Identifier"],
  ...["1.png@SynoEAStream", "sync.ffs_db"],
];
const PEOPLES = [
  ...["1.png", "Icon", "icon.png", "thumbs", "recycled", "picasa", "~", "$1.png", "lost", ".git"],
  ...["@home", "desktop.ini.png", ".nfs", "trash", "found.10", "zone.identifier"],
];

Deno.test("isLeftBehind knows what systems leave, and takes nothing of people's for it", () => {
  assertEquals(LEFT.filter((name) => !isLeftBehind(name)), []);
  assertEquals(PEOPLES.filter(isLeftBehind), []);
});

// Windows knows no name that ends in a carriage return.
unix.test("survey counts nothing that systems leave as another's file, but other hidden files", async (dir) => {
  await make(dir, "trial000/cnn.h5", ...LEFT, "@eaDir2/x", "trial000/Icon\r", ".git");
  const { foreign } = await survey(dir);
  assertEquals(foreign, [`${dir}/.git`, `${dir}/@eaDir2`]);
});
