/**
 * What operating systems, cameras, picture viewers, network disks and sync clients leave in any folder.
 * It is nobody's data: it is passed over where pictures are read, and in nobody's way where results go.
 *
 * @module
 */

/** Names of files and folders, in lower case, with bars between them. */
const NAMES = new Set([
  // Windows
  "thumbs.db|thumbs.db:encryptable|ehthumbs.db|ehthumbs_vista.db|desktop.ini",
  "$recycle.bin|system volume information|recycler",
  // macOS: a folder's own icon ends in a carriage return, which Windows' disks hold as U+F00D
  "icon\r|icon\uf00d|__macosx|network trash folder|temporary items",
  "thevolumesettingsfolder",
  ".ds_store|.localized|.appledouble|.apdisk|.fseventsd|.spotlight-v100",
  ".temporaryitems|.trashes|.documentrevisions-v100|.volumeicon.icns",
  // Linux and Android
  "lost+found|.directory|.hidden|.trash|.nomedia|.thumbnails|lost.dir",
  // network disks
  "@eadir|@tmp|#recycle|#snapshot|@recycle|@recently-snapshot|.@__thumb",
  "@__thumb|@transcode|@sharebin|~snapshot|.snapshot",
  // cameras and viewers
  "autprint.mrk|nc_fllst.dat|picasa.ini|.picasa.ini|.picasaoriginals",
  "zbthumbnail.info|pspbrwse.jbf|descript.ion|.bridgecache|.bridgecachet",
  ".bridgesort",
  // sync clients
  ".dropbox|.dropbox.attr|.dropbox.cache|.owncloudsync.log|.stfolder",
  ".stignore|.stversions|.sync|.tmp.drivedownload|.tmp.driveupload",
  "sync.ffs_db|sync.ffs_lock|_gsdata_",
  // notebooks and Python
  ".ipynb_checkpoints|__pycache__",
].flatMap((names) => names.split("|")));

/** How resource forks, locks of office programs, Linux' bins and what disks and clients rename begin. */
const PATTERN = /^(\._|~\$|\.~lock\.|\.trash-\d|\.nfs[\da-f]{8}|\.fuse_hidden|[.~]syncthing[.~])/i;

/** What Windows' disk check finds, and how the notes of Windows and network disks on a file end. */
const WHOLE =
  /^found\.\d{3}$|.(:zone\.identifier|:com\.dropbox\.attr\w*|@syno(eastream|resource))$/i;

/** Whether a file or folder of this name was left by a system, whatever the case of its letters. */
export function isLeftBehind(name: string): boolean {
  return NAMES.has(name.toLowerCase()) || PATTERN.test(name) || WHOLE.test(name);
}
