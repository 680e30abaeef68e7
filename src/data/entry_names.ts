/**
 * Which names in an archive are safe to create as files, on Linux, macOS and Windows alike.
 *
 * @module
 */

/** Names of devices on Windows, whatever ending they have. */
const DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;

/** The most characters of a part: far more than pictures need, and few enough for every file system. */
const MAX_PART = 200;
/** The most parts of a name. */
const MAX_PARTS = 16;

/**
 * An entry's name as it is meant: some tools write `\` for `/`, and some put `./`, the archive's own
 * folder, in front.
 *
 * @returns The name that must be judged, and then used; "" for the archive's own folder.
 */
export function plainName(name: string): string {
  return name.replaceAll("\\", "/").replaceAll(/(?<=^|\/)\.\//g, "");
}

/**
 * Says why a {@linkcode plainName} must not be created; undefined where it may.
 *
 * Safe is a relative path of plain parts, with `/` between them and, for a folder, at its end.
 */
export function faultOfName(name: string): string | undefined {
  // Signs that reorder or break a line count too: the terminal must show the name as it is.
  if (/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(name)) return "holds control characters";
  if (/^[a-z]:/i.test(name)) return "starts with a drive letter";
  if (name.startsWith("/")) return "is absolute";
  const parts = partsOf(name);
  if (parts.includes("..")) return "leads out of its folder";
  // Windows drops dots and blanks at the end of a name, so that ".. " would be "..".
  if (parts.some((part) => /[. ]$/.test(part))) return "has a part that ends in a dot or a blank";
  if (parts.includes("")) return "has an empty part";
  if (name.includes(":")) return "holds a colon, which Windows takes for a hidden stream";
  if (parts.some((part) => DEVICE.test(part))) return "has a part that Windows takes for a device";
  if (parts.length > MAX_PARTS || parts.some((part) => part.length > MAX_PART)) {
    return "is too long";
  }
}

/** The parts of a name between slashes; the slash at the end of a folder's name counts for nothing. */
export function partsOf(name: string): string[] {
  return name.replace(/\/$/, "").split("/");
}

/**
 * Remembers safe names and finds those that would meet in one place, if only on file systems that
 * ignore case (macOS, Windows) or write accents in another form.
 *
 * @returns A function that takes the next name and says why it clashes with an earlier one; it gives
 * undefined where it does not.
 */
export function watchForClashes(): (name: string) => string | undefined {
  const seen = new Map<string, { path: string; isFolder: boolean; named: boolean }>();
  return (name) => {
    const parts = partsOf(name);
    for (let count = 1; count <= parts.length; count++) {
      const path = parts.slice(0, count).join("/");
      const named = count === parts.length;
      const isFolder = !named || name.endsWith("/");
      const place = path.normalize("NFC").toLowerCase();
      const earlier = seen.get(place);
      if (!earlier) {
        seen.set(place, { path, isFolder, named });
        continue;
      }
      if (earlier.path !== path) return `differs from "${earlier.path}" only in case or accents`;
      if (earlier.isFolder !== isFolder) return `is a file and a folder ("${path}")`;
      if (named && earlier.named) return "occurs twice";
      earlier.named ||= named;
    }
  };
}
