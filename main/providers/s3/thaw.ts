import { hash } from 'node:crypto'
import { TidekeepError } from '../../../common/errors.ts'
import type { RelPath } from '../../../common/model.ts'
import type { Features, ThawSpeed } from '../provider.ts'
import type { S3Context } from './context.ts'
import { StoreError } from './errors.ts'
import { placeOfKept } from './kept-versions.ts'
import { shownPath } from './objects.ts'
import { s3FailureTexts } from './s3-failure-texts.ts'

type Thaw = NonNullable<Features['thaw']>

const TIERS: Readonly<Record<ThawSpeed, string>> = { expedited: 'Expedited', standard: 'Standard', bulk: 'Bulk' }
/** A copy was there already: the request only makes it live longer. */
const OK = 200

/**
 * RestoreObject: 202 for a request that was taken, 200 where the copy is there.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html
 */
export async function thawObject(
  context: S3Context,
  path: RelPath,
  { speed, days, kept, signal }: Parameters<Thaw>[1],
): ReturnType<Thaw> {
  const place = kept === undefined ? { path } : placeOfKept(context, { path, token: kept.token })
  const body = Buffer.from(
    `<RestoreRequest xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Days>${days}</Days>` +
      `<GlacierJobParameters><Tier>${TIERS[speed]}</Tier></GlacierJobParameters></RestoreRequest>`,
  )
  try {
    const { status } = await context.client.send({
      method: 'POST',
      key: context.keyOf(place.path),
      query: { restore: '', ...(place.versionId === undefined ? {} : { versionId: place.versionId }) },
      headers: { 'content-type': 'application/xml' },
      body: { kind: 'bytes', bytes: body },
      payloadHash: hash('sha256', body),
      signal,
    })
    return status === OK ? 'ready' : 'requested'
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    if (error.s3Code === 'RestoreAlreadyInProgress') return 'under-way'
    if (error.s3Code === 'InvalidObjectState') return 'not-archived'
    if (error.s3Code === 'InvalidArgument') throw noSuchSpeed(shownPath(context, path), speed, error)
    throw error
  }
}

function noSuchSpeed(path: string, speed: ThawSpeed, cause: Error): TidekeepError {
  return new TidekeepError({
    code: 'unsupported',
    message: s3FailureTexts.thaw.cannotBeThawedAtThe({ path, speed }),
    path,
    fix: s3FailureTexts.thaw.cannotBeThawedAtTheFix,
    cause,
  })
}
