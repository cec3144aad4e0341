/** Folders of the root file system whose content is not listed: many files, none of which a rule asks for. */
export const notListed = [
  '/usr/share',
  '/usr/include',
  '/usr/src',
  '/usr/lib/python3',
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib/firmware',
  '/var/lib/dpkg/info',
  '/var/lib/docker',
  '/var/lib/containerd',
]

/** Folders whose files are read, with the greatest size in KiB that is still taken for configuration. */
const read: readonly (readonly [string, number])[] = [
  ['etc', 1024],
  ['usr/lib/systemd/system', 256],
  ['usr/lib/systemd/system-preset', 256],
  ['usr/lib/systemd/network', 256],
  ['usr/lib/systemd/journald.conf.d', 256],
  ['usr/lib/netplan', 256],
  ['usr/local', 256],
  ['boot/loader', 256],
  ['root', 256],
  ['home', 256],
  ['var/log', 1024],
]
const readFiles = [
  'usr/lib/os-release',
  'usr/lib/systemd/journald.conf',
  'var/lib/dpkg/status',
  'boot/grub/grub.cfg',
  'boot/grub2/grub.cfg',
]

/** Folders of the root file system in which private keys are looked for; other file systems are searched whole. */
export const keyFolders = ['etc', 'root', 'home', 'opt', 'srv', 'usr/local', 'var']

/** What lies in here is no file of the guest but of containers, which nobody but root reaches. */
const containers = ['/var/lib/docker', '/var/lib/containerd']

/** Where modules and Python libraries lie: by pattern, because of the version in their paths. */
const notListedPatterns = ['/usr/lib/modules/*/kernel', '/usr/local/lib/python3*', '/opt/*/lib/python3*']

/**
 * What the appliance runs, once: looks for the operating system, mounts what belongs to it read-only at /sysroot/fs0 (root),
 * /sysroot/fs1 ..., writes answers to /sysroot/facts, and all of it with the contents wanted to /sysroot/capture.tar. The
 * last line on standard output is `captured`, `encrypted DEVICE`, `nothing DEVICES`, or `failed WHAT(STATUS) ...` with the
 * last complaints before it: a command that did not end well has left something unread, which must not look like a thing that
 * is not there. Nothing in the script comes from an image. Device names stay in here: libguestfs' own names may differ from
 * the appliance's.
 */
export function captureScript(): string {
  const prunes = [
    // The keys that sources name by path lie under /usr/share/keyrings.
    ...notListed.map(folder =>
      folder === '/usr/share' ? `-path "fs0${folder}/*" ! -path "fs0${folder}/keyrings*"` : `-path "fs0${folder}/*"`,
    ),
    ...notListedPatterns.map(pattern => `-path "fs0${pattern}/*"`),
  ]
  const finds = read.map(
    ([folder, size]) =>
      `if [ -d "$fs/${folder}" ]; then try "files-$fs" find "$fs/${folder}" -type f -size -${size + 1}k -print0; fi`,
  )
  const files = readFiles.map(file => `if [ -f "$fs/${file}" ]; then printf "%s\\0" "$fs/${file}"; fi`)
  const entry = '-printf "%y %m %U %G %s\\t%P\\t%l\\0"'
  return `
cd /sysroot || exit 1
LC_ALL=C
export LC_ALL
mkdir facts fs0 || exit 1
exec 2>facts/errors
failures=
failed() { failures="$failures $1"; }
try() { what=$1; shift; "$@" || failed "$what($?)"; }
try blkid blkid -c /dev/null -o export >facts/blkid
appliance=$(mountpoint -d /)
seen=
root=
for device in $(blkid -c /dev/null -o device); do
  [ "$(lsblk --nodeps --noheadings --output MAJ:MIN "$device" | tr -d " ")" = "$appliance" ] && continue
  type=$(blkid -c /dev/null -o value -s TYPE "$device")
  case "$type" in
    crypto_LUKS) echo "encrypted $device"; exit 0 ;;
    ext2|ext3|ext4|xfs|btrfs|f2fs|vfat) seen="$seen $device" ;;
    *) continue ;;
  esac
  [ "$type" = vfat ] && continue
  [ -z "$root" ] || continue
  mount -t "$type" -o ro "$device" fs0 || continue
  for release in etc/os-release usr/lib/os-release; do
    if [ -f "fs0/$release" ] || [ -L "fs0/$release" ]; then root=$device; roottype=$type; fi
  done
  [ -n "$root" ] || umount fs0
done
[ -n "$root" ] || { echo "nothing$seen"; exit 0; }
number=0
for device in $seen; do
  [ "$device" = "$root" ] && continue
  number=$((number + 1))
  mkdir "fs$number"
  mount -o ro "$device" "fs$number" || { failed "mount-$device($?)"; rmdir "fs$number"; }
done

disk=$(lsblk --inverse --raw --noheadings --output NAME,TYPE "$root" | sed -n "s/ disk$//p" | head -n 1)
# A disk may be one file system without a table.
status=0
sfdisk --json "/dev/$disk" >facts/partitions 2>table-fault || status=$?
cat table-fault >&2
[ "$status" -eq 0 ] || grep -q "does not contain a recognized partition table" table-fault || failed "partitions($status)"
try first-sector head -c 440 "/dev/$disk" >boot-sector
grep -c GRUB boot-sector >facts/boot-code || [ "$?" -eq 1 ] || failed boot-code
: >facts/superblock
case "$roottype" in ext*) try superblock dumpe2fs -h "$root" >facts/superblock ;; esac
for fs in fs*; do
  try "source-$fs" findmnt --noheadings --nofsroot --output SOURCE "/sysroot/$fs" >"facts/source-$fs"
  try "space-$fs" stat -f -c "%S %b %a" "$fs" >"facts/space-$fs"
  try "listing-$fs" find "$fs" ${prunes.map(prune => `${prune} -prune`).join(' -o ')} \\
    -o ${entry} >"facts/listing-$fs"
  # The whole image, for what may lie nowhere.
  try "everywhere-$fs" find "$fs" ${containers.map(folder => `-path "fs0${folder}/*" -prune`).join(' -o ')} \\
    -o \\( -type f -perm -0002 -o -type d -perm -0002 ! -perm -1000 -o -path "*/.ssh/authorized_keys*" \\) ${entry} \\
    , -type f -path "*/.ssh/authorized_keys*" -size -65k -fprint0 authorized-keys >"facts/everywhere-$fs"
  cat authorized-keys
  try "grub-$fs" find "$fs" -xdev -maxdepth 6 -path "fs0/*/*/*/*" -prune -o -name grub.cfg -type f -size -1024k -print0
  ${[...finds, ...files].join('\n  ')}
done >facts/wanted
for fs in fs*; do
  if [ "$fs" = fs0 ]; then folders="${keyFolders.map(folder => `fs0/${folder}`).join(' ')}"; else folders=$fs; fi
  for folder in $folders; do
    if [ -d "$folder" ]; then try "keys-$folder" find "$folder" -type f -size -65k -print0; fi
  done
done >key-candidates
# grep ends with 1 where nothing is found.
try private-keys xargs -0 -r sh -c '
  grep -lIsZE -e "^[[:blank:]]*-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----" -- "$@"
  [ "$?" -le 1 ]' sh <key-candidates >facts/private-keys
for folder in usr/bin usr/sbin usr/local; do
  if [ -d "fs0/$folder" ]; then
    try "capabilities-$folder" getfattr -R -h -P --absolute-names -m "^security.capability$" -e hex "fs0/$folder"
  fi
done >facts/capabilities
try contents tar -cf capture.tar --no-recursion facts/* --null -T facts/wanted
[ -z "$failures" ] || { tail -n 5 facts/errors | tr -cd "[:print:]\\n"; echo "failed$failures"; exit 0; }
echo captured
`
}
