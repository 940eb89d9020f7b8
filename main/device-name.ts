import { hostname } from 'node:os'
import type { Settings } from '../common/settings.ts'

type Naming = Pick<Settings, 'deviceName' | 'tellDevice'>

/** What this computer is called, by the settings in force. */
export function deviceNameOf({ deviceName }: Pick<Settings, 'deviceName'>): string {
  return deviceName === '' ? hostname() : deviceName
}

/** What targets are told of this computer; follows the settings while they are open. */
export class DeviceName {
  #naming: Naming

  constructor(naming: Naming) {
    this.#naming = naming
  }

  use(naming: Naming): void {
    this.#naming = naming
  }

  /** Undefined where nothing is to be told. */
  get told(): string | undefined {
    return this.#naming.tellDevice ? deviceNameOf(this.#naming) : undefined
  }

  /** For names of copies, and on cards. */
  get name(): string {
    return deviceNameOf(this.#naming)
  }
}
