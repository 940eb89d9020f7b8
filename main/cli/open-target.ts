import type { S3Options } from '../../common/settings.ts'
import type { Host } from '../host.ts'
import { createPool } from '../pool.ts'
import { ByteLimiter } from '../providers/decorators/limiter.ts'
import { RequestMeter } from '../providers/decorators/metered.ts'
import { openSecrets } from '../secrets/open-secrets.ts'
import { openSettings } from '../state/settings-store.ts'
import { openFolderTarget } from '../workbench.ts'
import type { OpenTarget } from './ports.ts'

/** A target with every decorator around it, for commands that need nothing else of the application. */
export async function openTargetAlone(
  host: Host,
  location: string,
  { s3, used }: { readonly s3: S3Options; readonly used: boolean },
): Promise<OpenTarget> {
  const settings = await openSettings(host.paths.config)
  const pool = createPool()
  const meter = new RequestMeter()
  try {
    const bench = {
      host,
      pool,
      secrets: await openSecrets({ paths: host.paths, env: process.env, log: host.log }),
      limiter: new ByteLimiter(host.clock, settings.get().bandwidthLimit),
      meter,
    }
    const target = await openFolderTarget(bench, undefined, { id: '', target: location, s3 }, used)
    return {
      target,
      requests: () => meter.snapshot().requests,
      close: async () => {
        await target.close()
        await pool.close()
      },
    }
  } catch (error) {
    await pool.close()
    throw error
  }
}
