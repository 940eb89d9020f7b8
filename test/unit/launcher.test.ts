import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runtimeOptions } from '../../scripts/dist.ts'
import { displayObstacle, findElectron, headlessSentence, mayFetch, type Surroundings } from '../../scripts/start.ts'

const ROOT = join(import.meta.dirname, '..', '..')
/** A Node that is too old for the program, where this machine has one. */
const OLD_NODE = ['/usr/bin/node', '/usr/local/bin/node'].find(
  (path) => existsSync(path) && /^v(1\d|20|21)\./.test(spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout),
)

/** A checkout with a program that reports how it was started. */
function makeInstallation(program: string | undefined, { runtime = true } = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'tidekeep-launcher-'))
  mkdirSync(join(root, 'bin'))
  copyFileSync(join(ROOT, 'bin', 'tidekeep.js'), join(root, 'bin', 'tidekeep.js'))
  writeFileSync(join(root, 'package.json'), '{"type":"module"}')
  if (program !== undefined) {
    mkdirSync(join(root, 'out', 'program'), { recursive: true })
    writeFileSync(join(root, 'out', 'program', 'cli.js'), program)
  }
  if (runtime) {
    mkdirSync(join(root, 'node_modules', '.bin'), { recursive: true })
    symlinkSync(process.execPath, join(root, 'node_modules', '.bin', 'node'))
  }
  return root
}

const REPORT = `
export async function main(argv) {
  if (argv[0] === 'wait') {
    const ended = new Promise((resolve) => process.on('SIGTERM', () => resolve(7)))
    const timer = setInterval(() => {}, 1000)
    console.log('ready')
    const code = await ended
    clearInterval(timer)
    return code
  }
  console.log(JSON.stringify({ argv, node: process.versions.node }))
  console.error('to stderr')
  return 5
}`

describe('the launcher', () => {
  it('runs the program with its arguments and its exit code', () => {
    const root = makeInstallation(REPORT)
    const run = spawnSync(process.execPath, [join(root, 'bin', 'tidekeep.js'), 'sync', 'a b', '--', '*'], {
      encoding: 'utf8',
    })
    expect(JSON.parse(run.stdout)).toEqual({ argv: ['sync', 'a b', '--', '*'], node: process.versions.node })
    expect([run.status, run.stderr]).toEqual([5, 'to stderr\n'])
  })

  it('keeps compiled code beside the program, where nobody can write who could not write the program', () => {
    const root = makeInstallation(REPORT)
    const elsewhere = mkdtempSync(join(tmpdir(), 'tidekeep-launcher-'))
    // Where these tests keep theirs is for a developer to say, and goes before.
    const { NODE_COMPILE_CACHE: _, ...own } = process.env
    const env = { ...own, TMPDIR: elsewhere, HOME: elsewhere, XDG_STATE_HOME: elsewhere }
    spawnSync(process.execPath, [join(root, 'bin', 'tidekeep.js')], { env })
    expect(readdirSync(join(root, 'out', 'compiled'))).toHaveLength(1)
    expect(readdirSync(elsewhere)).toEqual([])
  })

  it('starts where nothing can be kept beside the program', () => {
    const root = makeInstallation(REPORT)
    writeFileSync(join(root, 'out', 'compiled'), 'in the way')
    const run = spawnSync(process.execPath, [join(root, 'bin', 'tidekeep.js')], { encoding: 'utf8' })
    expect([run.status, run.stderr]).toEqual([5, 'to stderr\n'])
  })

  it('says in one line what to do when nothing is built', () => {
    const root = makeInstallation(undefined)
    const run = spawnSync(process.execPath, [join(root, 'bin', 'tidekeep.js'), 'status'], { encoding: 'utf8' })
    expect([run.status, run.stdout, run.stderr]).toEqual([1, '', `Tidekeep is not built yet: run npm ci in ${root}\n`])
  })

  it('works through the link npm makes for it', () => {
    const root = makeInstallation(REPORT)
    const link = join(root, 'tidekeep')
    symlinkSync(join(root, 'bin', 'tidekeep.js'), link)
    expect(spawnSync(process.execPath, [link, 'x'], { encoding: 'utf8' }).status).toBe(5)
  })
})

if (OLD_NODE === undefined) {
  console.log('not run: launcher under an old Node (install Node 20 at /usr/bin/node)')
  it('has an old Node to try the launcher under', () => expect(process.env['REQUIRE_REAL']).not.toBe('1'))
} else {
  describeOldNode(OLD_NODE)
}

function describeOldNode(node: string): void {
  describe('the launcher under an old Node', () => {
    it('hands over to the bundled runtime under an old Node', () => {
      const root = makeInstallation(REPORT)
      const run = spawnSync(node, [join(root, 'bin', 'tidekeep.js'), 'sync', 'a b'], { encoding: 'utf8' })
      expect(JSON.parse(run.stdout)).toEqual({ argv: ['sync', 'a b'], node: process.versions.node })
      expect([run.status, run.stderr]).toEqual([5, 'to stderr\n'])
    })

    it('passes a signal through and ends with the code of the program', async () => {
      const root = makeInstallation(REPORT)
      const child = spawn(node, [join(root, 'bin', 'tidekeep.js'), 'wait'], { stdio: ['ignore', 'pipe', 'inherit'] })
      await new Promise((resolve) => child.stdout.once('data', resolve))
      child.kill('SIGTERM')
      expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(7)
    })

    it('names the version it needs when there is no runtime to hand over to', () => {
      const root = makeInstallation(REPORT, { runtime: false })
      const run = spawnSync(node, [join(root, 'bin', 'tidekeep.js')], { encoding: 'utf8' })
      expect(run.status).toBe(1)
      expect(run.stderr).toMatch(/^Tidekeep needs Node 22\.22 or newer and this is \d+\.\d+\.\d+: .*\n$/)
    })
  })
}

describe('the end of npm ci', () => {
  /** `build` is the content of scripts/build.ts. */
  const prepare = (root: string, build?: string): readonly [number | null, string] => {
    mkdirSync(join(root, 'scripts'))
    copyFileSync(join(ROOT, 'scripts', 'prepare.mjs'), join(root, 'scripts', 'prepare.mjs'))
    if (build !== undefined) writeFileSync(join(root, 'scripts', 'build.ts'), build)
    const { status, stdout } = spawnSync(process.execPath, [join(root, 'scripts', 'prepare.mjs')], { encoding: 'utf8' })
    return [status, stdout]
  }

  it('builds nothing and says so in one line where the sources or the tools are not installed', () => {
    expect(prepare(makeInstallation(undefined))).toEqual([
      0,
      'tidekeep: not built (sources are not part of this package)\n',
    ])
    expect(prepare(makeInstallation(REPORT), 'throw new Error("must not run")')).toEqual([
      0,
      'tidekeep: not built (development dependencies are not installed); using the build in out/\n',
    ])
  })

  it('builds, and fails when building fails, where everything is there', () => {
    const root = makeInstallation(undefined)
    for (const tool of ['typescript', 'vite', 'assemblyscript'])
      mkdirSync(join(root, 'node_modules', tool), { recursive: true })
    expect(prepare(root, 'const code: number = 3; process.exitCode = code')[0]).toBe(3)
  })
})

const surroundings = (env: NodeJS.ProcessEnv = {}, more: Partial<Surroundings> = {}): Surroundings => ({
  env,
  platform: 'linux',
  electronPackage: mkdtempSync(join(tmpdir(), 'tidekeep-electron-')),
  isRoot: false,
  ...more,
})

describe('npm start', () => {
  it('finds the Electron runtime only where the executable really is', () => {
    const here = surroundings()
    expect(findElectron(here)).toBeUndefined()
    writeFileSync(join(here.electronPackage, 'path.txt'), 'electron')
    expect(findElectron(here)).toBeUndefined()
    mkdirSync(join(here.electronPackage, 'dist'))
    writeFileSync(join(here.electronPackage, 'dist', 'electron'), '')
    expect(findElectron(here)).toBe(join(here.electronPackage, 'dist', 'electron'))
    const cutOff = surroundings()
    mkdirSync(join(cutOff.electronPackage, 'dist'))
    writeFileSync(join(cutOff.electronPackage, 'dist', 'electron'), '')
    expect(findElectron(cutOff)).toBeUndefined()
  })

  it('honours ELECTRON_OVERRIDE_DIST_PATH', () => {
    const other = mkdtempSync(join(tmpdir(), 'tidekeep-dist-'))
    writeFileSync(join(other, 'electron'), '')
    expect(findElectron(surroundings({ ELECTRON_OVERRIDE_DIST_PATH: other }))).toBe(join(other, 'electron'))
  })

  it('fetches nothing in CI or where the user said no', () => {
    expect(mayFetch(surroundings())).toBe(true)
    expect(mayFetch(surroundings({ CI: 'true' }))).toBe(false)
    expect(mayFetch(surroundings({ TIDEKEEP_NO_DOWNLOAD: '1' }))).toBe(false)
  })

  it('opens windows only where there is a display, and on Linux not as root', () => {
    expect(displayObstacle(surroundings())).toBe('There is no display')
    expect(displayObstacle(surroundings({ DISPLAY: ':0' }))).toBeUndefined()
    expect(displayObstacle(surroundings({ WAYLAND_DISPLAY: 'wayland-0' }))).toBeUndefined()
    expect(displayObstacle(surroundings({ DISPLAY: ':0' }, { isRoot: true }))).toMatch(/root/)
    expect(displayObstacle(surroundings({}, { platform: 'win32' }))).toBeUndefined()
    expect(displayObstacle(surroundings({}, { platform: 'darwin' }))).toBeUndefined()
  })

  it('promises a browser only where one can be shown, and where it is what was asked for', () => {
    const said = (where: Surroundings, ...args: readonly string[]): string => headlessSentence('Why', where, args)
    const [opens, shows] = [/^Why; .* opens in your browser\.$/, /^Why; .* open the address it shows in a browser\.$/]
    expect(said(surroundings())).toMatch(shows)
    expect(said(surroundings({ DISPLAY: ':0' }))).toMatch(opens)
    expect(said(surroundings({ WAYLAND_DISPLAY: 'wayland-0' }))).toMatch(opens)
    expect(said(surroundings({ DISPLAY: ':0' }), '--port', '8080')).toMatch(shows)
    expect(said(surroundings({}, { platform: 'win32' }))).toMatch(opens)
  })
})

describe('npm run dist', () => {
  it('packs the runtime that is named, else the one that is here or can be fetched, and begins nothing without one', () => {
    const other = mkdtempSync(join(tmpdir(), 'tidekeep-dist-'))
    const override = surroundings({ ELECTRON_OVERRIDE_DIST_PATH: other })
    expect(runtimeOptions(override, [], () => undefined)).toBeUndefined()
    writeFileSync(join(other, 'electron'), '')
    expect(runtimeOptions(override, [], () => undefined)).toEqual([`-c.electronDist=${other}`])
    expect(runtimeOptions(surroundings(), ['--linux', 'dir'], () => undefined)).toBeUndefined()
    expect(runtimeOptions(surroundings(), [], () => '/fetched/electron')).toEqual([])
    expect(runtimeOptions(surroundings(), ['-c.electronDist=/elsewhere'], () => undefined)).toEqual([])
  })
})
