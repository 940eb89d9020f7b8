import { simulateEngine } from './engine-suite.ts'

simulateEngine('mirror', 5_000)
