import type { Step } from '../../../workers/failpoint.ts'

/** A scenario at a target, two folders that follow each other, or one of the program's own files. */
export type Reach =
  | { readonly scenario: string; readonly side: 'local' | 's3' }
  | { readonly pair: 'two-way' }
  | { readonly job: 'migrate' | 'set-aside' | 'seal' | 'settings' }

const at = (side: 'local' | 's3', scenario: string): Reach => ({ scenario, side })
const FIRST = at('local', 'first backup')
const EDITS = at('local', 'edits')
const TIDY = at('local', 'deletes and moves')
const RESTORE = at('local', 'restore')
const HELD = at('local', 'a held deletion that is let through')
const S3_FIRST = at('s3', 'first backup')
const S3_EDITS = at('s3', 'edits')
const S3_TIDY = at('s3', 'deletes and moves')
const SEGMENTS = at('s3', 'edits in segments')
const CLEANUP = at('s3', 'cleanup')
const OVERTAKEN = at('s3', 'an upload that was overtaken')

/** Where each step is killed at, before and after: no step can be named without a scenario that gets there. */
export const REACHED_BY: Readonly<Record<Step, Reach>> = {
  'state.publish': FIRST,
  'state.set-aside': { job: 'set-aside' },
  'state.keep-copy': { job: 'migrate' },
  'state.migrate': { job: 'migrate' },
  'state.commit': EDITS,
  'state.checkpoint': EDITS,
  'state.close': TIDY,
  'queue.enqueue': EDITS,
  'queue.claim': TIDY,
  'queue.complete': EDITS,
  'queue.release': at('s3', 'a store that refuses its keys'),
  'queue.postpone': OVERTAKEN,
  'queue.bury': at('s3', 'a store in trouble'),
  'queue.recover': TIDY,
  'queue.retry': TIDY,
  'queue.decide': HELD,
  'folder.set': FIRST,
  'session.put': S3_FIRST,
  'session.remove': S3_FIRST,
  'record.outcomes': EDITS,
  'file.replace': FIRST,
  'settings.write': { job: 'settings' },
  'secret.seal': { job: 'seal' },
  'signature.cache': S3_FIRST,
  'signature.save': S3_EDITS,
  'signature.remove': S3_TIDY,
  'disk.create': FIRST,
  'disk.link': TIDY,
  'disk.rename': EDITS,
  'disk.remove': TIDY,
  'disk.make-directory': TIDY,
  'disk.metadata': EDITS,
  'disk.durable': EDITS,
  'local.prepare': FIRST,
  'local.sweep': EDITS,
  'local.stage': EDITS,
  'local.group-durable': FIRST,
  'local.publish': EDITS,
  'local.change': TIDY,
  's3.put': S3_EDITS,
  's3.copy': S3_TIDY,
  's3.remove': S3_TIDY,
  's3.remove-version': CLEANUP,
  's3.begin-upload': S3_FIRST,
  's3.part': S3_FIRST,
  's3.copy-part': SEGMENTS,
  's3.complete-upload': S3_FIRST,
  's3.abort-upload': OVERTAKEN,
  'segment.make': SEGMENTS,
  'segment.remove': SEGMENTS,
  'execute.keep-aside': S3_EDITS,
  'execute.make-way': { pair: 'two-way' },
  'cleanup.remove': CLEANUP,
  'restore.stage': RESTORE,
  'restore.keep-aside': RESTORE,
  'restore.publish': RESTORE,
}
