-- On which days a platform spent more than the split gave the line. Both in minor units.
SELECT s.dt,
       s.line,
       a.amount,
       s.spent,
       s.spent - a.amount AS more
FROM spend_daily AS s
JOIN allocations AS a
  ON a.brand = s.brand AND a.dt = s.dt AND a.campaign = s.campaign AND a.line = s.line
WHERE s.brand = 'boulangerie-martin'
  AND a.brand = 'boulangerie-martin'
  AND s.dt BETWEEN '2026-12-01' AND '2026-12-31'
  AND a.dt BETWEEN '2026-12-01' AND '2026-12-31'
  AND s.spent > a.amount
ORDER BY s.dt, s.line
