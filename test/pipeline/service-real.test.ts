import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ActivityView, FolderView } from '../../common/protocol.ts'
import { contentsOf, mountDisk, notRun, temporariesOf } from '../fixtures/rough-place.ts'
import { ServicePlace, until } from '../fixtures/service-place.ts'
import { connectSocket } from '../../main/service/socket-client.ts'
import { below } from '../../main/service/paths.ts'

function fill(root: string, files: number): void {
  for (let index = 0; index < files; index++) {
    const folder = join(root, `folder ${index % 20}`)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `file ${index}`), `content ${index} `.repeat(1 + (index % 40)))
  }
}

const isEqual = (place: ServicePlace): boolean =>
  existsSync(place.target) && JSON.stringify(contentsOf(place.target)) === JSON.stringify(contentsOf(place.source))

/** Everything the service recorded, newest first. */
async function history(place: ServicePlace): Promise<readonly ActivityView[]> {
  const client = await connectSocket(below(join(place.base, 'home')))
  if (client === undefined) throw new Error('no service runs')
  try {
    return await client.call('activity.list', { limit: 500 })
  } finally {
    client.close()
  }
}

describe('a running service and the commands that ask it', () => {
  it('add, list, pause, resume and remove folders; a second service stays out; SIGTERM ends with 0', async () => {
    await using place = new ServicePlace()
    fill(place.source, 40)
    await place.serve()
    expect(await place.run('folder', 'add', place.source, '--target', place.target, '--name', 'Docs')).toMatchObject({
      exitCode: 0,
      stderr: '',
    })
    const status = await place.protected()
    expect(status).toMatchObject({ running: true, folders: [{ name: 'Docs', files: 40, pendingFiles: 0, dead: 0 }] })
    expect(isEqual(place)).toBe(true)
    expect((await place.run('queue', 'list')).stdout).toBe('Nothing is waiting.\n')

    const second = await place.run('serve', '--no-ui')
    expect(second.exitCode).toBe(11)
    expect(second.stderr).toMatch(/^tidekeep: [^\n]+\n {2}[^\n]+\n$/)

    expect((await place.run('folder', 'pause', 'Docs')).stdout).toBe('Docs is paused.\n')
    writeFileSync(join(place.source, 'while paused'), 'x')
    const { folders } = await place.tidekeep.json<{ folders: FolderView[] }>('folder', 'list')
    expect(folders).toMatchObject([{ name: 'Docs', state: 'paused', paused: true }])
    expect((await place.run('folder', 'resume', 'Docs')).exitCode).toBe(0)
    await until(() => isEqual(place))

    expect((await place.run('pause', '1h')).stdout).toMatch(/^Paused for (1\u00a0h|60\u00a0min)\.\n$/)
    expect(await place.status()).toMatchObject({ headline: 'paused' })
    writeFileSync(join(place.source, 'later'), 'x')
    expect((await place.run('resume')).exitCode).toBe(0)
    await until(() => isEqual(place))

    expect((await place.run('folder', 'remove', 'Docs')).exitCode).toBe(0)
    expect((await place.run('status')).exitCode).toBe(10)
    expect(isEqual(place)).toBe(true)
    expect(await place.end('SIGTERM')).toMatchObject({
      exitCode: 0,
      signal: null,
      stderr: expect.not.stringContaining('rror'),
    })
  })

  it('finishes what it began when it is asked to end, and nothing half-written stays', async () => {
    await using place = new ServicePlace()
    writeFileSync(join(place.source, 'large'), Buffer.alloc(40_000_000, 'tide'))
    await place.run('folder', 'add', place.source, '--target', place.target)
    await place.serve()
    await until(() => hasBegun(place.target, 'large'))
    expect((await place.end('SIGTERM')).exitCode).toBe(0)
    expect(temporariesOf(place.target)).toEqual([])
    expect(isEqual(place)).toBe(true)
  })
})

describe('a service that is killed', () => {
  it('goes on with a first backup of 2,000 files: target equal to source, nothing half-written', async () => {
    await using place = new ServicePlace()
    fill(place.source, 2000)
    await place.run('folder', 'add', place.source, '--target', place.target)
    await place.serve()
    await until(() => existsSync(place.target) && Object.keys(contentsOf(place.target)).length > 100)
    await place.end('SIGKILL')
    const reached = Object.values(contentsOf(place.target)).filter((kind) => kind !== 'folder').length
    await place.serve()
    const status = await place.protected()
    expect(status.folders).toMatchObject([{ files: 2000, pendingFiles: 0, dead: 0, held: 0 }])
    expect(isEqual(place)).toBe(true)
    expect(temporariesOf(place.target)).toEqual([])
    console.log(`killed with ${reached} of 2,000 files at the target`)
  })
})

describe('a service whose disk refuses', () => {
  it('waits while the disk is read-only, says so, and gives no file up', async () => {
    await using place = new ServicePlace()
    using disk = mountDisk(place.target, '4m')
    if (disk === undefined) return notRun('a read-only disk under the service (mounting a tmpfs needs root)')
    fill(place.source, 30)
    disk.remount('ro')
    await place.run('folder', 'add', place.source, '--target', place.target)
    await place.serve()
    const status = await place.says('offline')
    expect(status).toMatchObject({ folders: [{ state: 'offline', dead: 0 }] })
    expect(status.attention[0]?.message).toMatch(/read-only/)
    await place.end('SIGTERM')
    disk.remount('rw')
    await place.serve()
    expect((await place.protected()).folders).toMatchObject([{ files: 30, dead: 0 }])
    expect(isEqual(place)).toBe(true)
  })
})

describe('a service beside a person at work', () => {
  it('keeps up with files that are edited, made, renamed and deleted while it runs', async () => {
    await using place = new ServicePlace()
    fill(place.source, 300)
    await place.run('folder', 'add', place.source, '--target', place.target, '--mode', 'mirror')
    await place.serve()
    for (let round = 0; round < 60; round++) {
      appendFileSync(join(place.source, 'folder 3', 'file 3'), `round ${round}\n`)
      writeFileSync(join(place.source, `made ${round}`), `made in ${round}`)
      if (round % 3 === 0)
        renameSync(join(place.source, `made ${round}`), join(place.source, 'folder 4', `moved ${round}`))
      if (round % 3 === 1) unlinkSync(join(place.source, `made ${round}`))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await until(
      () => isEqual(place),
      () => difference(place),
    )
    const status = await place.protected()
    expect(status.folders).toMatchObject([{ pendingFiles: 0, dead: 0, held: 0 }])
    expect(isEqual(place)).toBe(true)
  })

  it('sends no content when a folder is renamed', async () => {
    await using place = new ServicePlace()
    fill(place.source, 200)
    await place.run('folder', 'add', place.source, '--target', place.target, '--mode', 'mirror')
    await place.serve()
    await place.protected()
    const before = new Set((await history(place)).map(({ id }) => id))
    renameSync(join(place.source, 'folder 7'), join(place.source, 'renamed'))
    await until(
      () => isEqual(place),
      () => difference(place),
    )
    await place.protected()
    const rows = (await history(place)).filter(({ id }) => !before.has(id))
    expect(rows.filter(({ method }) => method === 'move').length).toBeGreaterThan(0)
    expect(rows.reduce((sum, { bytesSent }) => sum + bytesSent, 0)).toBe(0)
  })

  it('has a saved file at the target soon', async () => {
    await using place = new ServicePlace()
    fill(place.source, 20)
    await place.run('folder', 'add', place.source, '--target', place.target)
    await place.serve()
    await place.protected()
    const delaysMs: number[] = []
    for (let save = 0; save < 20; save++) {
      const startMs = performance.now()
      writeFileSync(join(place.source, 'saved'), `save ${save}`)
      await until(
        () =>
          existsSync(join(place.target, 'saved')) &&
          readFileSync(join(place.target, 'saved'), 'utf8') === `save ${save}`,
      )
      delaysMs.push(performance.now() - startMs)
    }
    delaysMs.sort((a, b) => a - b)
    console.log(
      `saved to durable: median ${Math.round(delaysMs[9]!)} ms, p95 ${Math.round(delaysMs[18]!)} ms, worst ${Math.round(delaysMs[19]!)} ms`,
    )
    rmSync(join(place.source, 'saved'))
    expect(readFileSync(join(place.target, 'saved'), 'utf8')).toBe('save 19')
  })
})

/** True once content is on its way, or has arrived already on a fast disk. The marker of a target is made the same way, but is small. */
function hasBegun(target: string, name: string): boolean {
  const area = join(target, '.tidekeep/tmp')
  const written = existsSync(area) ? readdirSync(area).map((temporary) => join(area, temporary)) : []
  return [...written, join(target, name)].some((path) => {
    const stat = statSync(path, { throwIfNoEntry: false })
    // Directories come and go there for other reasons, too.
    return stat?.isFile() === true && stat.size > 1000
  })
}

function difference(place: ServicePlace): string {
  const [source, target] = [contentsOf(place.source), contentsOf(place.target)]
  const paths = [...new Set([...Object.keys(source), ...Object.keys(target)])]
  const differing = paths.filter((path) => source[path] !== target[path])
  return `these differ: ${differing
    .slice(0, 5)
    .map((path) => `${path} (${source[path] ?? 'gone'} | ${target[path] ?? 'gone'})`)
    .join(', ')}`
}
