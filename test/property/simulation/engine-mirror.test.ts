import { simulateEngine } from './engine-suite.ts'

simulateEngine('mirror', 10_000)
