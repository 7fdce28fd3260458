import { configure } from '@testing-library/react'

// Its own second is short of what a busy machine needs.
configure({ asyncUtilTimeout: 10_000 })

export * from '@testing-library/react'
