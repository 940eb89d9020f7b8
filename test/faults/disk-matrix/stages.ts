import type { FaultRule } from './faulty-fs.ts'

/** What becomes of the one file that a call fails for. */
export type Expected =
  /** Listed once with this, and not at the target under its name (or there as it was). */
  | RegExp
  /** Got over: it is at the target as it is at the source, and nothing is said. */
  | 'stored'

/** Cells of one kind: the same calls fail, each for a file of its own, each with another error. */
export interface Stage {
  readonly name: string
  readonly calls: readonly string[]
  /** What the path of a file named `victim` ends with where the call fails. */
  readonly pathEnds: (victim: string) => string
  /** Directory of the victims in the source. */
  readonly directory?: string
  /** Files that exist at the target before, edited, deleted or in the way there. */
  readonly before?: 'edited' | 'deleted' | 'foreign'
  readonly victim?: 'directory' | 'large'
  readonly rule?: Partial<FaultRule>
  readonly cells: Readonly<Record<string, Expected>>
}

const READ = {
  EIO: /cannot be read/,
  EACCES: /cannot be read: permission denied/,
  EPERM: /cannot be read: permission denied/,
  EMFILE: /[Tt]oo many files are open/,
  ENFILE: /[Tt]oo many files are open/,
  ESTALE: /cannot be read/,
  ENOTCONN: /cannot be read/,
  EUCLEAN: /cannot be read/,
} as const
const LOOK = {
  ...READ,
  ELOOP: /cannot be read: its path leads in a circle/,
  ENAMETOOLONG: /cannot be read: its path is too long/,
  EBUSY: /cannot be read/,
  EINTR: /cannot be read/,
} as const

const ONE_FILE = /The disk reported an error at [^\n]+, and keeps other files/
const NOT_REPLACED = /could not be replaced at/
const FULL = /The disk holding [^\n]+ is full/
const DENIED = /cannot be changed: permission denied/
const DAMAGED = /the file system it is on is damaged/
const WRITE = {
  EIO: ONE_FILE,
  ENOSPC: FULL,
  EDQUOT: FULL,
  EROFS: ONE_FILE,
  EACCES: DENIED,
  EPERM: DENIED,
  ESTALE: ONE_FILE,
  ENOTCONN: ONE_FILE,
  EBUSY: /in use by another program/,
  EUCLEAN: DAMAGED,
} as const
const NAME = {
  ...WRITE,
  ENAMETOOLONG: /name that is too long for this disk/,
  EINVAL: /The disk refuses the name/,
  ELOOP: /is a link, and Tidekeep never follows one/,
  EMFILE: /Too many files are open/,
  ENFILE: /Too many files are open/,
  EXDEV: /another file system that is mounted inside the target/,
} as const

const inSource = (victim: string): string => `/source/${victim}`
const staged = (victim: string): string => `/source/${victim} (staged)`
const inTarget = (victim: string): string => `/target/${victim}`

/** The table: every row a stage, every cell an error. */
export const STAGES: readonly Stage[] = [
  { name: 'a folder that is listed', calls: ['readdirSync'], pathEnds: inSource, victim: 'directory', cells: LOOK },
  { name: 'a file that is looked at', calls: ['lstatSync'], pathEnds: inSource, cells: LOOK },
  {
    name: 'a file that is opened',
    calls: ['openSync'],
    pathEnds: inSource,
    cells: { ...READ, ELOOP: /turned into a link/, EBUSY: /in use/, ETXTBSY: /in use/, EINTR: /cannot be read/ },
  },
  {
    name: 'the first bytes that are read',
    calls: ['readSync'],
    pathEnds: inSource,
    cells: { EIO: READ.EIO, ESTALE: READ.ESTALE, ENOTCONN: READ.ENOTCONN, EUCLEAN: READ.EUCLEAN, EINTR: READ.EIO },
  },
  {
    name: 'bytes after the first megabyte',
    calls: ['readSync'],
    pathEnds: inSource,
    victim: 'large',
    rule: { skip: 2 },
    cells: { EIO: READ.EIO, ESTALE: READ.ESTALE, ENOTCONN: READ.ENOTCONN, EUCLEAN: READ.EUCLEAN },
  },
  {
    name: 'reading that fails once',
    calls: ['readSync', 'openSync'],
    pathEnds: inSource,
    rule: { times: 1 },
    cells: { EIO: 'stored', EINTR: 'stored', EMFILE: 'stored', EBUSY: 'stored', ESTALE: 'stored' },
  },
  {
    name: 'a temporary file that is made',
    calls: ['openSync'],
    // New folders are staged whole, so that their files keep their names.
    pathEnds: (victim) => `/${victim}`,
    rule: { pathHas: '/.tidekeep/tmp/' },
    directory: 'new',
    // The next attempt has another temporary name.
    cells: {
      ...NAME,
      EIO: 'stored',
      EROFS: 'stored',
      ESTALE: 'stored',
      ENOTCONN: 'stored',
      EBUSY: 'stored',
      EUCLEAN: 'stored',
      EMFILE: 'stored',
      ENFILE: 'stored',
    },
  },
  {
    name: 'a temporary file that is written',
    calls: ['writeSync'],
    pathEnds: staged,
    cells: { ...WRITE, EFBIG: /larger than one file may be/, EINTR: /cannot be reached/ },
  },
  {
    name: 'a temporary file that is written, in its middle',
    calls: ['writeSync'],
    pathEnds: staged,
    victim: 'large',
    rule: { skip: 1 },
    cells: { EIO: ONE_FILE, ENOSPC: FULL, EDQUOT: FULL, EROFS: ONE_FILE },
  },
  {
    name: 'a temporary file that is read back',
    calls: ['readSync'],
    pathEnds: staged,
    cells: { EIO: ONE_FILE, EUCLEAN: DAMAGED },
  },
  {
    name: 'a temporary file that reads back otherwise',
    calls: ['readSync'],
    pathEnds: staged,
    rule: { flips: true },
    cells: { flipped: /did not keep [^\n]+ as it was written/ },
  },
  {
    name: 'times of a temporary file',
    calls: ['futimesSync'],
    pathEnds: staged,
    cells: { EIO: ONE_FILE, EPERM: DENIED, EACCES: DENIED, EROFS: ONE_FILE },
  },
  {
    name: 'a new name',
    calls: ['linkSync'],
    pathEnds: inTarget,
    // Where there are no hard links, it is renamed.
    cells: { ...NAME, EPERM: 'stored', EMLINK: 'stored', ENOSYS: 'stored' },
  },
  {
    name: 'a name that is given to a newer version',
    calls: ['renameSync'],
    pathEnds: inTarget,
    before: 'edited',
    // Keeping the old version touches it; what is told is that, after some tries.
    cells: {
      ...NAME,
      EIO: NOT_REPLACED,
      EROFS: NOT_REPLACED,
      ESTALE: NOT_REPLACED,
      ENOTCONN: NOT_REPLACED,
      EUCLEAN: NOT_REPLACED,
      EMFILE: NOT_REPLACED,
      ENFILE: NOT_REPLACED,
    },
  },
  {
    name: 'a file that is deleted, and kept for a while',
    calls: ['renameSync', 'unlinkSync'],
    pathEnds: (victim) => `/${victim}`,
    before: 'deleted',
    cells: {
      EIO: ONE_FILE,
      EROFS: ONE_FILE,
      EACCES: DENIED,
      EPERM: DENIED,
      EBUSY: /in use/,
      ESTALE: ONE_FILE,
      ENOTCONN: ONE_FILE,
    },
  },
  {
    name: 'a folder that is made',
    calls: ['mkdirSync'],
    pathEnds: inTarget,
    victim: 'directory',
    cells: { ...NAME, ELOOP: NAME.ELOOP },
  },
  {
    name: 'a foreign version that is kept aside',
    calls: ['linkSync', 'renameSync'],
    pathEnds: (victim) => `/${victim}`,
    before: 'foreign',
    cells: {
      EIO: ONE_FILE,
      ENOSPC: FULL,
      EDQUOT: FULL,
      EACCES: DENIED,
      EROFS: ONE_FILE,
      EXDEV: NAME.EXDEV,
      EBUSY: /in use/,
    },
  },
]
