import type { S3Options } from '../../common/settings.ts'
import type { Host } from '../host.ts'
import { openSettings } from '../state/settings-store.ts'
import { openDeltaDownloads, openFolderTarget, openWorkbench } from '../workbench.ts'
import type { OpenTarget } from './ports.ts'

/** A target with every decorator around it, for commands that need nothing else of the application. */
export async function openTargetAlone(
  host: Host,
  location: string,
  { s3, used }: { readonly s3: S3Options; readonly used: boolean },
): Promise<OpenTarget> {
  const settings = (await openSettings(host.paths.config)).get()
  const bench = openWorkbench(host, process.env, settings)
  try {
    const target = await openFolderTarget(bench, undefined, { id: '', target: location, s3 }, used)
    return {
      target,
      requests: () => bench.meter.snapshot().requests,
      delta: openDeltaDownloads(bench, target, settings.deltaThreshold),
      close: async () => {
        await target.close()
        await bench.pool.close()
      },
    }
  } catch (error) {
    await bench.pool.close()
    throw error
  }
}
