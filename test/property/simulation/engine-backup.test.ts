import { simulateEngine } from './engine-suite.ts'

simulateEngine('backup', 4_000)
