-- The alert and the remark of the patient's master record: free text that often names an allergy. The remark stands between tags.
SELECT u.demographic_no AS demographic_no,
       NULLIF(TRIM(u.cust3), '') AS alert,
       NULLIF(TRIM(REPLACE(REPLACE(u.content, '<unotes>', ''), '</unotes>', '')), '') AS remark
FROM demographiccust u
WHERE COALESCE(TRIM(u.cust3), '') <> ''
   OR COALESCE(TRIM(REPLACE(REPLACE(u.content, '<unotes>', ''), '</unotes>', '')), '') <> ''
