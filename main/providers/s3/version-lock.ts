import { s3FailureTexts } from './s3-failure-texts.ts'

type Headers = Readonly<Record<string, string>>

/** What a reply says of locks; nothing where the keys may not know, and then the store refuses. */
export function lockOf(headers: Headers): string | undefined {
  if (headers['x-amz-object-lock-legal-hold'] === 'ON') return s3FailureTexts.releaseVersion.legalHold
  const until = headers['x-amz-object-lock-retain-until-date']
  // By the store's clock, which alone decides.
  if (until === undefined || Date.parse(until) <= Date.parse(headers['date'] ?? '')) return undefined
  return s3FailureTexts.releaseVersion.lockUntil({ until })
}
