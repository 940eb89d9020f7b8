import { readFile, readdir, stat, statfs } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { platform } from 'node:process'
import type { TargetSuggestion } from '../../common/protocol.ts'
import { isInside } from './routes-between.ts'

/** A line of /proc/mounts. */
export interface Mount {
  readonly device: string
  readonly path: string
  readonly type: string
  readonly isReadOnly: boolean
}

const DISK_TYPES = [
  'ext2',
  'ext3',
  'ext4',
  'btrfs',
  'xfs',
  'zfs',
  'f2fs',
  'bcachefs',
  'vfat',
  'exfat',
  'ntfs',
  'ntfs3',
  'fuseblk',
  'hfsplus',
  'udf',
]
/** Asking these for free space can block a thread for as long as the server is away. */
const NETWORK_TYPES = [
  'nfs',
  'nfs4',
  'cifs',
  'smb3',
  'fuse.sshfs',
  'fuse.rclone',
  '9p',
  'virtiofs',
  'davfs',
  'fuse.davfs2',
]
const SYSTEM_PLACES = ['/boot', '/efi', '/etc', '/snap', '/var', '/usr', '/nix', '/proc', '/sys', '/dev']

/** Drives and shares that are mounted now and not where the person's files already are. Reads only. */
export async function suggestDrives(home: string): Promise<readonly TargetSuggestion[]> {
  if (platform === 'win32') return windowsDrives()
  if (platform === 'darwin') return macVolumes()
  const mounts = parseMounts(await readFile('/proc/mounts', 'utf8').catch(() => ''))
  return keepDirectories(usefulMounts(mounts, home))
}

/** Reads /proc/mounts: fields are separated by blanks, which are octal escapes inside fields. */
export function parseMounts(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line) => {
    const [device, path, type, options] = line.split(' ').map(unescapeOctal)
    if (device === undefined || path === undefined || type === undefined) return []
    return [{ device, path, type, isReadOnly: (options ?? '').split(',').includes('ro') }]
  })
}

/** Those a backup could go to: real, writable, each device once, and not the one the home directory is on. */
export function usefulMounts(mounts: readonly Mount[], home: string): readonly Mount[] {
  const homeDevice = mounts.findLast((mount) => isInside(home, mount.path) && mount.path !== '/')?.device
  const rootDevice = mounts.findLast((mount) => mount.path === '/')?.device
  const seen = new Set([homeDevice, rootDevice])
  return mounts.filter((mount) => {
    const isReal = DISK_TYPES.includes(mount.type) || NETWORK_TYPES.includes(mount.type)
    const isSystem = SYSTEM_PLACES.some((place) => isInside(mount.path, place)) || isInside(home, mount.path)
    if (!isReal || isSystem || mount.isReadOnly || seen.has(mount.device)) return false
    seen.add(mount.device)
    return true
  })
}

async function keepDirectories(mounts: readonly Mount[]): Promise<readonly TargetSuggestion[]> {
  const found = await Promise.all(
    mounts.map(async (mount): Promise<readonly TargetSuggestion[]> => {
      const suggestion = { name: basename(mount.path) || mount.path, path: mount.path }
      if (NETWORK_TYPES.includes(mount.type)) return [{ ...suggestion, freeBytes: null }]
      return (await isDirectory(mount.path)) ? [{ ...suggestion, freeBytes: await freeBytes(mount.path) }] : []
    }),
  )
  return found.flat()
}

async function macVolumes(): Promise<readonly TargetSuggestion[]> {
  const items = await readdir('/Volumes', { withFileTypes: true }).catch(() => [])
  // The start-up disk is there, too, as a link to '/'.
  const paths = items.filter((item) => item.isDirectory()).map((item) => join('/Volumes', item.name))
  return Promise.all(paths.map(async (path) => ({ name: basename(path), path, freeBytes: await freeBytes(path) })))
}

async function windowsDrives(): Promise<readonly TargetSuggestion[]> {
  const letters = Array.from({ length: 24 }, (_, index) => String.fromCodePoint(0x43 + index))
  const systemDrive = (process.env['SystemDrive'] ?? 'C:').slice(0, 1).toUpperCase()
  const drives = await Promise.all(
    letters
      .filter((letter) => letter !== systemDrive)
      .map(async (letter) => ({
        name: `${letter}:`,
        path: `${letter}:\\`,
        freeBytes: await freeBytes(`${letter}:\\`),
      })),
  )
  return drives.filter((drive) => drive.freeBytes !== null)
}

async function freeBytes(path: string): Promise<number | null> {
  return statfs(path).then(
    (found) => found.bavail * found.bsize,
    () => null,
  )
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

function unescapeOctal(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCodePoint(Number.parseInt(octal, 8)))
}
