import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TidekeepProcesses } from '../tidekeep-process.ts'
import { environmentOf } from './environment.ts'
import { startS3Server, type S3Server } from './server.ts'

/** A strict store with the bucket `bucket`, a folder to be kept there, and the program with the keys of the store. */
export interface BucketPlace {
  /** A directory of its own, with everything else in it. */
  readonly place: string
  readonly source: string
  readonly server: S3Server
  readonly tidekeep: TidekeepProcesses
  /** The program on another computer, which knows nothing of this one. */
  elsewhere(): TidekeepProcesses
  /** Ends what still runs. */
  close(): Promise<void>
}

export async function openBucketPlace(): Promise<BucketPlace> {
  const place = mkdtempSync(join(tmpdir(), 'tk-'))
  const source = join(place, 'source')
  mkdirSync(source)
  const server = await startS3Server({ buckets: ['bucket'] })
  const homes: TidekeepProcesses[] = []
  const open = (home: string): TidekeepProcesses => {
    const processes = new TidekeepProcesses(join(place, home), environmentOf(server))
    homes.push(processes)
    return processes
  }
  return {
    place,
    source,
    server,
    tidekeep: open('home'),
    elsewhere: () => open('other home'),
    close: async () => {
      for (const home of homes) home.killAll()
      await server.close()
      rmSync(place, { recursive: true, force: true })
    },
  }
}
