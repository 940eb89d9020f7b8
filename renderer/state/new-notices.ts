import type { NoticeView } from '../../common/protocol.ts'

/** What a page has to show and to take back, so that it shows what stands. */
export interface NoticeSteps {
  readonly shown: readonly NoticeView[]
  /** Ids that are gone, without a successor. */
  readonly withdrawn: readonly string[]
}

/** From what stood when the page last looked to what stands now. A page that has just been opened shows nothing of what stood before: its screens do. */
export function noticeSteps(before: readonly NoticeView[] | undefined, after: readonly NoticeView[]): NoticeSteps {
  if (before === undefined) return { shown: [], withdrawn: [] }
  return {
    shown: after.filter(({ id, atMs }) => !before.some((known) => known.id === id && known.atMs === atMs)),
    withdrawn: before.filter(({ id }) => !after.some((still) => still.id === id)).map(({ id }) => id),
  }
}
