import { globSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { LoggedRequest } from '../../fakes/s3/server.ts'
import type { World } from './world.ts'

/**
 * What must hold at any moment, also in the ruins of a crash (I6): nothing that the target was said
 * to hold is gone, and nothing there is half of something.
 */
export function lossesOf(world: World): readonly string[] {
  const there = world.side.contents()
  const kept = new Set(world.side.keptAside().values())
  const losses: string[] = []
  for (const [path, digest] of there) {
    if (world.known.get(path)?.has(digest) !== true) losses.push(`${path} at the target is no content it ever had`)
  }
  const held = new Set([...there.values(), ...kept])
  const source = world.contents()
  for (const [path, digest] of world.acknowledged) {
    const isWanted = source.has(path)
    if (isWanted && !there.has(path) && !kept.has(digest)) losses.push(`${path} was backed up and is gone`)
    if (source.get(path) === digest && !held.has(digest))
      losses.push(`the content of ${path} was backed up and is gone`)
  }
  // Also what was replaced or deleted since, which the target keeps.
  for (const digest of world.onceAcknowledged)
    if (!held.has(digest)) losses.push(`the content ${digest.slice(0, 8)} was backed up and is gone`)
  for (const digest of world.foreign) if (!held.has(digest)) losses.push(`someone else's ${digest.slice(0, 8)} is gone`)
  return losses
}

/** How the target differs from the source; nothing once they are equal. */
export function differencesOf(world: World): readonly string[] {
  const source = world.contents()
  const there = world.side.contents()
  const missing = [...source].filter(([path, digest]) => there.get(path) !== digest)
  const spare = [...there].filter(([path]) => !source.has(path))
  return [
    ...missing.map(([path]) => `${path} is ${there.has(path) ? 'another one' : 'missing'} at the target`),
    ...spare.map(([path]) => `${path} is still at the target`),
  ]
}

/**
 * What was moved out of the way, beyond once for each content of someone else (I7, I8). What was on
 * its way when the program was killed, and was overtaken by another edit since, may have got there
 * unheard of: that is the content of a person, and kept.
 */
export function needlessCopiesOf(world: World): readonly string[] {
  const seen = new Set<string>()
  const source = new Set(world.contents().values())
  const needless: string[] = []
  for (const [path, digest] of world.side.keptAside()) {
    // What the program itself replaced or deleted is kept on purpose.
    if (/^[^/]*-(replaced|deleted)(-since-[^/]*)?\//.test(path)) continue
    const isOvertaken = !world.onceAcknowledged.has(digest) && !source.has(digest)
    if (!world.foreign.has(digest) && !isOvertaken)
      needless.push(`${path} was kept aside although nobody else wrote it`)
    else if (seen.has(digest))
      needless.push(
        `${path} was kept aside twice, as ${[...world.side.keptAside()]
          .filter(([, other]) => other === digest)
          .map(([name]) => name)
          .join(' and ')}`,
      )
    seen.add(digest)
  }
  return needless
}

/** What is wrong with any state file of the installation. */
export function damageOf(world: World): readonly string[] {
  return globSync('state/**/*', { cwd: world.home }).flatMap((name) => {
    if (/\.corrupt-/.test(name)) return [`${name}: state was put aside`]
    // Of the cache of signatures what is half written counts to the cap, and goes with the next that is kept.
    if (/\.new(-wal|-shm|-journal)?$/.test(name) && !name.startsWith('state/signatures/'))
      return [`${name}: left half written`]
    if (!name.endsWith('state.db')) return []
    const database = new DatabaseSync(join(world.home, name))
    try {
      const found = database.prepare('PRAGMA integrity_check').all()
      return found.map((row) => String(row['integrity_check'])).filter((text) => text !== 'ok')
    } catch (error) {
      return [`${name}: ${String(error)}`]
    } finally {
      database.close()
    }
  })
}

/**
 * How many parts went out twice: those that the store had or was being sent before the crash, and
 * that were sent again for the same upload or one of the same object.
 */
export function partsSentAgain(before: readonly LoggedRequest[], after: readonly LoggedRequest[]): number {
  const partsOf = (requests: readonly LoggedRequest[]): ReadonlySet<string> =>
    new Set(
      requests
        .filter(({ operation, key }) => operation === 'UploadPart' && !key.includes('/.tidekeep/'))
        .map(({ key, query }) => `${key} ${/partNumber=(\d+)/.exec(query)?.[1] ?? ''}`),
    )
  const first = partsOf(before)
  return [...partsOf(after)].filter((part) => first.has(part)).length
}
