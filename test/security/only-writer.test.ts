import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/**
 * The modules that may change a file system by path, each with what it changes, besides those of
 * `main/state`, which write the state and configuration directories. Everything below a source or a
 * target goes through the first one; the others write what is the program's own.
 */
const WRITERS: Readonly<Record<string, string>> = {
  'workers/fs/safe-root.ts': 'everything below a target, a restored folder or a temporary area',
  'workers/prepare-target.ts': 'the root of a target itself, which no safe root can be opened on before it is there',
  'main/make-directories.ts':
    'the directories of the program itself, which its callers name: state, configuration, logs, run',
  'main/secrets/sealed-file.ts': 'state directory',
  'main/telemetry/rotating-file.ts': 'log directory',
  'main/service/socket-transport.ts': 'run directory: the control socket',
  'main/shell/login-item.ts':
    "the desktop entry that starts the application at login, in the user's autostart directory",
  'main/shell/shell.ts': 'a mark in the state directory',
}

/** Calls that open by path and write only if told to: their flags are looked at. */
const OPENING = ['open', 'openSync', 'openAsBlob', 'opendir', 'opendirSync']

/** Calls that take a path and only look, and calls that take a descriptor somebody else opened. */
const HARMLESS = new Set(
  `access accessSync constants createReadStream existsSync globSync lstat lstatSync readFile
  readFileSync readdir readdirSync realpath realpathSync stat statSync statfs statfsSync watch
  read readSync close closeSync fstat fstatSync fsync fsyncSync fdatasync fdatasyncSync write
  writeSync writev fchmod fchmodSync futimes futimesSync ftruncate ftruncateSync readv readvSync
  writevSync`.split(/\s+/),
)

interface FsImport {
  readonly file: string
  readonly name: string
}

const sources = globSync(
  ['common/**/*.ts', 'workers/**/*.ts', 'main/**/*.ts', 'preload/**/*.ts', 'renderer/**/*.ts*'],
  {
    cwd: ROOT,
  },
).map((file) => ({ file: file.replaceAll('\\', '/'), text: readFileSync(`${ROOT}/${file}`, 'utf8') }))

const FS_MODULE = /['"](?:node:)?fs(?:\/promises)?['"]/

/** What the named imports of the file system modules bring in, types left out. */
function fsImportsOf({ file, text }: { readonly file: string; readonly text: string }): readonly FsImport[] {
  const clauses = text.matchAll(/import\s+(type\s+)?\{([^}]*)\}\s*from\s*['"](?:node:)?fs(?:\/promises)?['"]/g)
  return Array.from(clauses).flatMap(([, isType, names = '']) =>
    isType === undefined
      ? names
          .split(',')
          .map((name) => name.trim())
          .filter((name) => name !== '' && !name.startsWith('type '))
          .map((name) => ({ file, name: name.split(/\s+as\s+/)[0]! }))
      : [],
  )
}

const imports = sources.flatMap(fsImportsOf)
const isWriting = ({ name }: FsImport): boolean => !HARMLESS.has(name) && !OPENING.includes(name)

describe('the file system', () => {
  it('is imported by name, so that what a module can do shows in its first lines', () => {
    const otherwise = sources.filter(({ text }) => {
      const lines = text.split('\n').filter((line) => FS_MODULE.test(line))
      return lines.some((line) => !/^(?:import (?:type )?\{|\} from )/.test(line))
    })
    expect(otherwise.map(({ file }) => file)).toEqual([])
    expect(imports.length).toBeGreaterThan(60)
  })

  it('is changed by path in the modules named here and in no other', () => {
    const elsewhere = imports.filter(({ file }) => !file.startsWith('main/state/'))
    const found = new Set(elsewhere.filter(isWriting).map(({ file }) => file))
    expect([...found].toSorted()).toEqual(Object.keys(WRITERS).toSorted())
  })

  it('is opened for reading everywhere else', () => {
    const openers = new Set(imports.filter(({ name }) => OPENING.includes(name)).map(({ file }) => file))
    const forWriting = sources.filter(({ file, text }) => {
      if (!openers.has(file) || file in WRITERS || file.startsWith('main/state/')) return false
      return /O_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND)|open(?:Sync)?\([^)]*,\s*['"](?:w|a|r\+)/.test(text)
    })
    expect(forWriting.map(({ file }) => file)).toEqual([])
    expect(openers.size).toBeGreaterThan(4)
  })

  it('is not reached around Node: other programs are started in a handful of places only', () => {
    const starters = sources.filter(({ text }) =>
      /['"](?:node:)?child_process['"]|process\.binding|process\.dlopen/.test(text),
    )
    expect(starters.map(({ file }) => file).toSorted()).toEqual([
      'main/providers/local/sync-process.ts',
      'main/service/open-browser.ts',
      'main/service/reveal.ts',
      'main/service/surroundings.ts',
      'main/shell/tray-host.ts',
    ])
  })
})
