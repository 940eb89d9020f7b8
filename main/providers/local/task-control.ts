import { TidekeepError } from '../../../common/errors.ts'
import { TaskControl } from '../../../workers/fs/control.ts'
import type { Clock } from '../../host.ts'
import { localFailureTexts } from './local-failure-texts.ts'

const PROGRESS_INTERVAL_MS = 200

/** Who wants a task to end or to tell how far it is. */
export interface TaskWatch {
  readonly clock: Pick<Clock, 'after'>
  readonly signal: AbortSignal
  readonly onProgress?: ((bytesDone: number) => void) | undefined
}

/** Passes cancellation in and progress out while `run` lasts; the last progress is told when it ended. */
export async function withControl<T>(watch: TaskWatch, run: (control: TaskControl) => Promise<T>): Promise<T> {
  const { clock, signal, onProgress } = watch
  const control = new TaskControl()
  const cancel = (): void => control.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  let stopTicking = (): void => undefined
  const tick = (): void => {
    onProgress?.(control.bytesDone)
    stopTicking = clock.after(PROGRESS_INTERVAL_MS, tick)
  }
  if (onProgress !== undefined) tick()
  try {
    return await run(control)
  } finally {
    stopTicking()
    signal.removeEventListener('abort', cancel)
    onProgress?.(control.bytesDone)
  }
}

/** Throws `cancelled`. */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new TidekeepError({ code: 'cancelled', message: localFailureTexts.taskControl.cancelled })
}
