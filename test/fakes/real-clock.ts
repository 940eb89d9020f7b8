/** Real time, for tests on real files and sockets: the clock of the product itself. */
export { systemClock as realClock } from '../../main/service/node-host.ts'
