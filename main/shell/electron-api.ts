/**
 * The `electron` module as a type. Every file of the shell receives the part it needs as a
 * parameter; only `main.ts` imports the module itself, so that everything else runs in plain Node.
 */
export type ElectronApi = typeof import('electron')

/** The system the shell behaves for; a parameter, so that all three can be tested on one. */
export type Platform = 'linux' | 'darwin' | 'win32'

/** Every other system gets the behaviour of Linux, which assumes least. */
export function platformOf(name: NodeJS.Platform): Platform {
  return name === 'darwin' || name === 'win32' ? name : 'linux'
}
