import { useSyncExternalStore } from 'react'

/** Milliseconds since the epoch, renewed every second while something shows it and the window is visible. */
export function useNow(): number {
  return useSyncExternalStore(everySecond, present)
}

/** The local midnight that today began with, milliseconds since the epoch: for rows that only tell today from other days. */
export function useToday(): number {
  return useSyncExternalStore(everySecond, today)
}

function today(): number {
  return new Date(nowMs).setHours(0, 0, 0, 0)
}

const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined
let nowMs = Date.now()

function present(): number {
  return nowMs
}

function tick(): void {
  if (document.visibilityState === 'hidden') return
  nowMs = Date.now()
  for (const listener of listeners) listener()
}

function everySecond(listener: () => void): () => void {
  listeners.add(listener)
  if (timer === undefined) {
    nowMs = Date.now()
    timer = setInterval(tick, 1_000)
    document.addEventListener('visibilitychange', tick)
  }
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
    document.removeEventListener('visibilitychange', tick)
  }
}
