-- How late posts appeared, and how many did not, by network.
SELECT network,
       COUNT(*) AS due,
       COUNT(published_at) AS published,
       MAX(late_seconds) AS worst_late,
       SUM(COALESCE(likes, 0) + COALESCE(shares, 0) + COALESCE(replies, 0)) AS reactions
FROM post_metrics
WHERE brand = 'boulangerie-martin'
  AND dt BETWEEN '2026-12-01' AND '2026-12-10'
  AND state NOT IN ('planned', 'cancelled', 'skipped')
GROUP BY network
ORDER BY network
