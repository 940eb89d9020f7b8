import { simulateEngine } from './engine-suite.ts'

simulateEngine('backup', 5_000)
