import type { CallName, TopicName } from '../common/protocol.ts'

/** Every call of the protocol: the compiler refuses a missing or a surplus one. The parser table itself would drag a validation library into every page. */
export const CALL_NAMES: Readonly<Record<CallName, true>> = {
  'status.get': true,
  'pause.set': true,
  'pause.clear': true,
  'folders.list': true,
  'folders.add': true,
  'folders.remove': true,
  'folders.pause': true,
  'folders.resume': true,
  'folders.sync': true,
  'folders.decide': true,
  'folders.problems': true,
  'sources.suggest': true,
  'sources.browse': true,
  'sources.measure': true,
  'targets.check': true,
  'targets.suggest': true,
  'plan.preview': true,
  'queue.list': true,
  'queue.retry': true,
  'queue.drop': true,
  'activity.list': true,
  'activity.undo': true,
  'settings.get': true,
  'settings.set': true,
  'accounts.save': true,
  'accounts.list': true,
  'accounts.signIn': true,
  'accounts.signInState': true,
  'accounts.remove': true,
  'accounts.goOn': true,
}

/** Every topic of the protocol. */
export const TOPIC_NAMES: Readonly<Record<TopicName, true>> = { status: true, activity: true }
