import type { Connection } from './connection.ts'
import { connectHttp } from './http.ts'
import { connectIpc } from './ipc.ts'

/** The desktop application's bridge where there is one, else the service this page came from. */
export function connect(): Connection {
  return window.tidekeep === undefined ? connectHttp() : connectIpc(window.tidekeep)
}
