import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../../common/settings.ts'
import { CommandLineWorld } from '../fakes/command-line.ts'

let place: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'tidekeep-doctor-'))
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

async function checksFor(folder: string, state: string): Promise<readonly string[]> {
  const world = new CommandLineWorld()
  const path = join(place, folder)
  mkdirSync(path, { recursive: true })
  world.settings = {
    ...DEFAULT_SETTINGS,
    folders: [
      { id: 'f1', name: 'Docs', path, target: join(place, 'target'), mode: 'backup', paused: false, ignore: [] },
    ],
  }
  world.ports.paths = () => ({ ...world.host.paths, state: join(place, state) })
  const { stdout } = await world.run('doctor', '--json')
  const { checks } = JSON.parse(stdout) as { checks: { name: string; state: string; message: string }[] }
  return checks.filter(({ name }) => name.startsWith('state inside')).map((check) => `${check.state}: ${check.message}`)
}

describe('doctor', () => {
  it('warns of state that lies inside a folder', async () => {
    expect(await checksFor('docs', 'docs/tidekeep')).toEqual([
      `warning: ${join(place, 'docs/tidekeep')} lies inside ${join(place, 'docs')} and is left out of its backup`,
    ])
  })

  it('does not take a directory that a file is in the place of for one that can be made', async () => {
    writeFileSync(join(place, 'file'), '')
    const world = new CommandLineWorld()
    world.ports.paths = () => ({
      ...world.host.paths,
      state: join(place, 'file', 'state'),
      cache: join(place, 'new', 'cache'),
    })
    const ran = await world.run('doctor')
    expect(ran.exitCode).toBe(6)
    expect(ran.stdout).toContain(`✗ state directory: ${join(place, 'file', 'state')} cannot be written`)
    expect(ran.stdout).toContain(`✓ cache directory: ${join(place, 'new', 'cache')} (made when needed)`)
  })

  it('does not mind state beside a folder', async () => {
    expect(await checksFor('docs', 'docs-state')).toEqual([])
  })
})
