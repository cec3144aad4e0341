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

/** Folders in which a private key could lie. */
const keyFolders = ['etc', 'root', 'home', 'opt', 'srv', 'usr/local', 'var']

/** Where modules and Python libraries lie: by pattern, because of the version in their paths. */
const notListedPatterns = ['/usr/lib/modules/*/kernel', '/usr/local/lib/python3*', '/opt/*/lib/python3*']

/**
 * What the appliance runs, once: looks for the operating system, mounts what belongs to it read-only at /sysroot/fs0 (root),
 * /sysroot/fs1 ..., writes answers to /sysroot/facts, and all of it with the contents wanted to /sysroot/capture.tar. The
 * last line on standard output is `captured`, `encrypted DEVICE` or `nothing DEVICES`. Nothing in the script comes from an
 * image. Device names stay in here: libguestfs' own names may differ from the appliance's.
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
    ([folder, size]) => `[ -d "$fs/${folder}" ] && find "$fs/${folder}" -type f -size -${size + 1}k -print0`,
  )
  const files = readFiles.map(file => `[ -f "$fs/${file}" ] && printf "%s\\0" "$fs/${file}"`)
  return `
cd /sysroot || exit 1
mkdir facts fs0 || exit 1
exec 2>facts/errors
blkid -c /dev/null -o export >facts/blkid
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
    if [ -f "fs0/$release" ] || [ -L "fs0/$release" ]; then root=$device; fi
  done
  [ -n "$root" ] || umount fs0
done
[ -n "$root" ] || { echo "nothing$seen"; exit 0; }
number=0
for device in $seen; do
  [ "$device" = "$root" ] && continue
  number=$((number + 1))
  mkdir "fs$number"
  mount -o ro "$device" "fs$number" || rmdir "fs$number"
done

disk=$(lsblk --inverse --raw --noheadings --output NAME,TYPE "$root" | sed -n "s/ disk$//p" | head -n 1)
sfdisk --json "/dev/$disk" >facts/partitions
head -c 440 "/dev/$disk" | grep -c GRUB >facts/boot-code
dumpe2fs -h "$root" >facts/superblock
for fs in fs*; do
  findmnt --noheadings --output SOURCE "/sysroot/$fs" | sed "s/\\[.*//" >"facts/source-$fs"
  stat -f -c "%S %b %a" "$fs" >"facts/space-$fs"
  find "$fs" ${prunes.map(prune => `${prune} -prune`).join(' -o ')} \\
    -o -printf "%y %m %U %G %s\\t%P\\t%l\\0" >"facts/listing-$fs"
  find "$fs" -xdev -maxdepth 6 -path "fs0/*/*/*/*" -prune -o -name grub.cfg -type f -size -1024k -print0
  ${[...finds, ...files].join('\n  ')}
done >facts/wanted
for folder in ${keyFolders.join(' ')}; do
  [ -d "fs0/$folder" ] && find "fs0/$folder" -type f -size -65k -print0
done | xargs -0 -r grep -lIsZE -e "^-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----" >facts/private-keys
getfattr -R -h -P --absolute-names -m "^security.capability$" -e hex fs0/usr/bin fs0/usr/sbin fs0/usr/local >facts/capabilities
tar -cf capture.tar --no-recursion facts/* --null -T facts/wanted
echo captured
`
}
