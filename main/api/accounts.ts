import type { Area } from './area.ts'
import type { ApiDeps } from './deps.ts'

/** Keys of stores. They go into the secret store and never come back out of the API. */
export function createAccountHandlers({ secrets, host }: Pick<ApiDeps, 'secrets' | 'host'>): Area<'accounts'> {
  return {
    'accounts.save': async ({ kind, accessKeyId, secretAccessKey }) => {
      const id = host.random.hex(4)
      await secrets.set(`${kind}:${id}`, JSON.stringify({ accessKeyId, secretAccessKey }))
      return { id }
    },
  }
}
