/** What pages of the server and of the browser agree on. */
export const topic = 'job:7'

export const reduce = (percents, { data }) => [...percents, data.percent]
