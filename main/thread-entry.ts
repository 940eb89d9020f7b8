import { fileURLToPath } from 'node:url'

/**
 * What the threads of the pool load: from `main/` in a checkout `workers/entry.ts`, from `out/main/`
 * `out/workers/entry.js`. `scripts/bundle.ts` puts another path in its place.
 */
export const THREAD_ENTRY = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../workers/entry.ts' : '../workers/entry.js', import.meta.url),
)
