import { hash } from 'node:crypto'
import { isTidekeepError } from '../../../common/errors.ts'
import { failpoint } from '../../../workers/failpoint.ts'
import type { S3Context } from './context.ts'
import { StoreError, translateReply } from './errors.ts'
import { encodeXml, xmlElements, xmlText } from './xml.ts'

/** A version, by the only name that nothing else ever has. */
export interface VersionRef {
  readonly key: string
  readonly versionId: string
}

/** Why each was not removed, in the order of the versions; undefined where it was. */
export type Refusals = readonly (Error | undefined)[]

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
const MOST_AT_ONCE = 1_000
/** What XML 1.0 has no way to say: such keys go by themselves. */
// oxlint-disable-next-line no-control-regex
const UNSAYABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/
/** Stores that do not know how to remove many at once. */
const alone = new WeakSet<S3Context>()

/**
 * Removes versions for good, up to a thousand a request; one by one where the store does not know how. What is gone already
 * counts as removed.
 */
export async function deleteVersions(
  context: S3Context,
  versions: readonly VersionRef[],
  signal: AbortSignal,
): Promise<Refusals> {
  const outcomes: (Error | undefined)[] = []
  for (let from = 0; from < versions.length; from += MOST_AT_ONCE) {
    const some = versions.slice(from, from + MOST_AT_ONCE)
    outcomes.push(...(await deleteSome(context, some, signal)))
  }
  return outcomes
}

async function deleteSome(context: S3Context, versions: readonly VersionRef[], signal: AbortSignal): Promise<Refusals> {
  const isTogether = versions.length > 1 && !alone.has(context) && !versions.some(({ key }) => UNSAYABLE.test(key))
  if (isTogether) {
    try {
      return await deleteTogether(context, versions, signal)
    } catch (error) {
      if (!isTidekeepError(error) || (error.code !== 'unsupported' && error.code !== 'invalid')) throw error
      alone.add(context)
    }
  }
  const outcomes: (Error | undefined)[] = []
  for (const version of versions) outcomes.push(await deleteOne(context, version, signal))
  return outcomes
}

async function deleteOne(
  context: S3Context,
  { key, versionId }: VersionRef,
  signal: AbortSignal,
): Promise<Error | undefined> {
  try {
    failpoint('s3.remove-version.before')
    await context.client.sendIfPresent({ method: 'DELETE', key, query: { versionId }, signal })
    failpoint('s3.remove-version.after')
    return undefined
  } catch (error) {
    if (signal.aborted || !isTidekeepError(error)) throw error
    return error
  }
}

async function deleteTogether(
  context: S3Context,
  versions: readonly VersionRef[],
  signal: AbortSignal,
): Promise<Refusals> {
  const objects = versions.map(
    ({ key, versionId }) =>
      `<Object><Key>${encodeKey(key)}</Key><VersionId>${encodeXml(versionId)}</VersionId></Object>`,
  )
  const body = Buffer.from(
    `<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>${objects.join('')}</Delete>`,
  )
  failpoint('s3.remove-version.before')
  const reply = await context.client.send({
    method: 'POST',
    key: '',
    query: { delete: '' },
    headers: { 'content-type': 'application/xml', 'content-md5': hash('md5', body, 'base64') },
    body: { kind: 'bytes', bytes: body },
    payloadHash: hash('sha256', body),
    signal,
  })
  failpoint('s3.remove-version.after')
  const errors = errorsIn(context, reply.body.toString())
  return versions.map(({ key, versionId }) => errors.get(`${versionId} ${key}`))
}

function errorsIn(context: S3Context, xml: string): ReadonlyMap<string, Error> {
  const { address, bucket } = context.client
  const errors = new Map<string, Error>()
  for (const element of xmlElements(xml, 'Error')) {
    const key = xmlText(element, 'Key') ?? ''
    const body = Buffer.from(`<Error>${element}</Error>`)
    const of = { path: `s3://${bucket}/${key}`, endpoint: address.endpoint, bucket, region: address.region }
    const error = translateReply({ status: statusOf(xmlText(element, 'Code')), headers: {}, body }, of)
    const isGone = error instanceof StoreError && (error.s3Code === 'NoSuchVersion' || error.s3Code === 'NoSuchKey')
    if (!isGone) errors.set(`${xmlText(element, 'VersionId') ?? ''} ${key}`, error)
  }
  return errors
}

/** An error of one among many has no status; it is needed for codes that nobody knows. */
function statusOf(code: string | undefined): number {
  return code === 'AccessDenied' || code === 'ObjectLocked' ? 403 : 500
}

/** A line end in a key would be read as a space. */
function encodeKey(key: string): string {
  return encodeXml(key).replace(/[\t\n\r]/g, (char) => `&#${char.charCodeAt(0)};`)
}
