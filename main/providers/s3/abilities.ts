import { isTidekeepError } from '../../../common/errors.ts'
import type { StoreClient } from './store-client.ts'
import { probeAssembly } from './probe-assembly.ts'
import { probeCopies, probeMultipart, probeWrites, type ProbeTarget } from './probe.ts'

/** What PUT, HEAD and DELETE of a store can be relied on for. */
export interface WriteAbilities {
  /** If-Match and If-None-Match of PutObject are honoured. */
  readonly conditions: boolean
  /** If-Match of DeleteObject is honoured. */
  readonly conditionalDelete: boolean
  /** A SHA-256 sent with PutObject is checked against what arrived, kept and shown. */
  readonly checksums: boolean
}

export interface MultipartAbilities {
  /** `full`: CRC32 over the whole object; `composite`: over the parts' checksums; `none`: only reading back proves anything. */
  readonly checksum: 'full' | 'composite' | 'none'
  readonly conditions: boolean
}

export interface CopyAbilities {
  readonly sourceConditions: boolean
  readonly targetConditions: boolean
}

/** Whether parts of an upload can be copied from what the store holds, and the whole be proved. */
export interface AssemblyAbilities {
  /** A part is not copied from a source that has another ETag than the one named. */
  readonly sourceConditions: boolean
  /** The store's own checksum of the result covers copied parts. */
  readonly checksum: boolean
}

/**
 * What the store can do, found out by trying when it is first needed (never before a mutation: a
 * source that is only read is never written to). Amazon's own endpoints are not tried.
 */
export interface Abilities {
  writes(signal: AbortSignal): Promise<WriteAbilities>
  multipart(signal: AbortSignal): Promise<MultipartAbilities>
  copies(signal: AbortSignal): Promise<CopyAbilities>
  assembly(signal: AbortSignal): Promise<AssemblyAbilities>
  /** What is known so far. */
  readonly known: { readonly writes: WriteAbilities | undefined; readonly assembly: AssemblyAbilities | undefined }
}

const AMAZON = {
  writes: { conditions: true, conditionalDelete: true, checksums: true },
  multipart: { checksum: 'full', conditions: true },
  copies: { sourceConditions: true, targetConditions: true },
  assembly: { sourceConditions: true, checksum: true },
} as const

interface Findings {
  writes?: WriteAbilities
  multipart?: MultipartAbilities
  copies?: CopyAbilities
  assembly?: AssemblyAbilities
}

/** One for each endpoint, bucket and account, for the life of the process. */
interface StoreFindings {
  readonly found: Findings
  readonly running: Map<keyof Findings, Promise<unknown>>
}
const findingsByStore = new Map<string, StoreFindings>()

export interface AbilityParts {
  readonly client: StoreClient
  /** Below which key probes may be written; ends with a slash. */
  readonly area: string
  readonly accountId: string
  readonly randomHex: (byteCount: number) => string
}

export function createAbilities({ client, area, accountId, randomHex }: AbilityParts): Abilities {
  const { address } = client
  const storeId = `${address.origin}${address.basePath}|${accountId}`
  const store: StoreFindings = findingsByStore.get(storeId) ?? {
    found: address.isCustom ? {} : { ...AMAZON },
    running: new Map(),
  }
  findingsByStore.set(storeId, store)
  const find = async <K extends keyof Findings>(
    kind: K,
    signal: AbortSignal,
    probe: (target: ProbeTarget) => Promise<NonNullable<Findings[K]>>,
  ): Promise<NonNullable<Findings[K]>> => {
    for (;;) {
      const known = store.found[kind]
      if (known !== undefined) return known
      const running = store.running.get(kind)
      if (running === undefined) {
        const started = probe({ client, key: `${area}probe-${randomHex(8)}`, signal }).finally(() =>
          store.running.delete(kind),
        )
        store.running.set(kind, started)
        return (store.found[kind] = await started)
      }
      // Somebody else's cancelled probe is not our failure: go round and start one.
      await running.catch((error: unknown) => {
        if (signal.aborted || !isTidekeepError(error) || error.code !== 'cancelled') throw error
      })
    }
  }
  const multipart = (signal: AbortSignal): Promise<MultipartAbilities> => find('multipart', signal, probeMultipart)
  return {
    writes: (signal) => find('writes', signal, probeWrites),
    multipart,
    copies: (signal) => find('copies', signal, probeCopies),
    assembly: async (signal) => {
      const { checksum } = await multipart(signal)
      return find('assembly', signal, (target) => probeAssembly(target, checksum))
    },
    known: {
      get writes() {
        return store.found.writes
      },
      get assembly() {
        return store.found.assembly
      },
    },
  }
}
