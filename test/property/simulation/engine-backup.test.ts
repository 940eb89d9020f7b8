import { simulateEngine } from './engine-suite.ts'

simulateEngine('backup', 10_000)
