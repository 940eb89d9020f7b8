import { useState } from 'react'
import type { TidekeepError } from '../../../common/errors.ts'
import type { TargetCheck } from '../../../common/protocol.ts'
import type { S3Options } from '../../../common/settings.ts'
import { useAction, useClient } from '../../state/services.ts'

/** Trying a target, and what came of it. */
export interface CheckState {
  readonly run: () => void
  readonly pending: boolean
  readonly check: TargetCheck | null
  readonly error: TidekeepError | null
}

/** Tries a target when asked to. */
export function useCheck(target: string, s3?: S3Options): CheckState {
  const client = useClient()
  const [check, setCheck] = useState<TargetCheck | null>(null)
  const test = useAction(async () => {
    setCheck(null)
    setCheck(await client.call('targets.check', { target, ...(s3 === undefined ? {} : { s3 }) }))
  })
  return { run: () => void test.run(), pending: test.pending, check, error: test.error }
}
