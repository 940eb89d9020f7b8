import { readFile, statfs } from 'node:fs/promises'

/** File systems that tell nothing of changes made elsewhere, by the `f_type` of statfs(2). */
const NAME_BY_TYPE: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0x01021997, '9P'],
  [0x65735546, 'FUSE'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x73757245, 'Coda'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
  [0x786f4256, 'VirtualBox shared folder'],
  [0xbacbacbc, 'VMware shared folder'],
  [0xaad7aaea, 'PanFS'],
])

/** Where it is looked up; tests put other mounts here. */
export interface MountLookup {
  readonly platform: NodeJS.Platform
  /** `f_type` of the file system a path is on. */
  fileSystemType(path: string): Promise<number>
  /** The text of /proc/self/mountinfo. */
  mounts(): Promise<string>
}

const SYSTEM: MountLookup = {
  platform: process.platform,
  fileSystemType: async (path) => (await statfs(path)).type,
  mounts: () => readFile('/proc/self/mountinfo', 'utf8'),
}

/** What kind of network or remote file system a folder is on, or undefined for one that can be watched. */
export async function networkFolderKind(root: string, lookup: MountLookup = SYSTEM): Promise<string | undefined> {
  if (lookup.platform === 'win32') return /^[\\/]{2}(?![?.])/.test(root) ? 'SMB' : undefined
  if (lookup.platform !== 'linux') return undefined
  try {
    const name = NAME_BY_TYPE.get((await lookup.fileSystemType(root)) >>> 0)
    return name === 'FUSE' ? await fuseKind(root, lookup) : name
  } catch {
    return undefined
  }
}

/** Disks with a driver in user space (ntfs-3g, exfat-fuse) are `fuseblk`: local, so they can be watched. */
async function fuseKind(root: string, lookup: MountLookup): Promise<string | undefined> {
  let best = { point: '', type: 'fuse' }
  for (const line of (await lookup.mounts()).split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    const point = unescapeOctal(before.split(' ')[4] ?? '')
    const covers = point !== '' && (root === point || root.startsWith(point === '/' ? point : `${point}/`))
    if (covers && point.length >= best.point.length) best = { point, type: after.split(' ')[0] ?? 'fuse' }
  }
  return best.type === 'fuseblk' ? undefined : best.type
}

function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}
