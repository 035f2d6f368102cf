-- What each line spent and brought in December, and what a result cost. Money in whole units of a two-decimal currency.
SELECT campaign,
       line,
       network,
       currency,
       SUM(spent) / 100.0 AS spent,
       SUM(results) AS results,
       SUM(spent) / 100.0 / NULLIF(SUM(results), 0) AS cost_per_result
FROM spend_daily
WHERE brand = 'boulangerie-martin'
  AND dt BETWEEN '2026-12-01' AND '2026-12-31'
GROUP BY campaign, line, network, currency
ORDER BY spent DESC, line
