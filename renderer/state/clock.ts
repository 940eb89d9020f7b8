import { useSyncExternalStore } from 'react'
import { useServices } from './services.ts'

/** Milliseconds since the epoch, renewed about every second while something shows it and the window is visible. */
export function useNow(): number {
  const { clock } = useServices()
  return useSyncExternalStore(clock.subscribe, clock.now)
}

/** The local midnight that today began with, milliseconds since the epoch: for rows that only tell today from other days. */
export function useToday(): number {
  const { clock } = useServices()
  return useSyncExternalStore(clock.subscribe, clock.today)
}
