import type { DriveAddress } from './account.ts'
import { senseless } from './errors.ts'
import type { GraphClient } from './graph-client.ts'

/** A drive as Graph tells of it. From here on it is spoken to by its id: another sign-in cannot slip in another drive. */
export interface Drive {
  readonly id: string
  /** Personal drives differ in what they tell; libraries rewrite Office files. */
  readonly kind: 'personal' | 'business' | 'documentLibrary'
  /** Bytes left, where the drive tells. */
  readonly remainingBytes: number | undefined
}

/** Asks for the drive. Kinds nobody has heard of are treated as libraries, which promise the least. */
export async function readDrive(
  graph: GraphClient,
  address: DriveAddress,
  { signal, about }: { readonly signal: AbortSignal; readonly about: string },
): Promise<Drive> {
  const path = address.kind === 'me' ? '/me/drive' : `/drives/${encodeURIComponent(address.driveId)}`
  const json = await graph.call({ name: 'GetDrive', method: 'GET', path, signal, about })
  const { id, driveType, quota } = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>
  if (typeof id !== 'string' || id === '') throw senseless(about, 'it is not about a drive')
  const remaining = (quota as { readonly remaining?: unknown } | undefined)?.remaining
  return {
    id,
    kind: driveType === 'personal' || driveType === 'business' ? driveType : 'documentLibrary',
    remainingBytes: typeof remaining === 'number' && Number.isFinite(remaining) ? Math.max(0, remaining) : undefined,
  }
}
