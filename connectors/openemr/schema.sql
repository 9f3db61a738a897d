-- The tables of OpenEMR 7.0.3 that this pack reads: names, types, nullability and keys as in that system, columns in its order.
-- Written for the fixture; it is no installation script. Strict mode is off, zero dates are allowed.

CREATE TABLE `users` (
    `id` BIGINT(20) NOT NULL AUTO_INCREMENT, `uuid` BINARY(16), `username` VARCHAR(255), `password` LONGTEXT,
    `authorized` TINYINT(4), `info` LONGTEXT, `source` TINYINT(4), `fname` VARCHAR(255), `mname` VARCHAR(255), `lname` VARCHAR(255),
    `suffix` VARCHAR(255), `federaltaxid` VARCHAR(255), `federaldrugid` VARCHAR(255), `upin` VARCHAR(255), `facility` VARCHAR(255),
    `facility_id` INT(11) NOT NULL DEFAULT '0', `see_auth` INT(11) NOT NULL DEFAULT '1', `active` TINYINT(1) NOT NULL DEFAULT '1',
    `npi` VARCHAR(15), `title` VARCHAR(30), `specialty` VARCHAR(255), `billname` VARCHAR(255), `email` VARCHAR(255),
    `email_direct` VARCHAR(255) NOT NULL DEFAULT '', `google_signin_email` VARCHAR(255), `url` VARCHAR(255),
    `assistant` VARCHAR(255), `organization` VARCHAR(255), `valedictory` VARCHAR(255), `street` VARCHAR(60), `streetb` VARCHAR(60),
    `city` VARCHAR(30), `state` VARCHAR(30), `zip` VARCHAR(20), `street2` VARCHAR(60), `streetb2` VARCHAR(60), `city2` VARCHAR(30),
    `state2` VARCHAR(30), `zip2` VARCHAR(20), `phone` VARCHAR(30), `fax` VARCHAR(30), `phonew1` VARCHAR(30), `phonew2` VARCHAR(30),
    `phonecell` VARCHAR(30), `notes` TEXT, `cal_ui` TINYINT(4) NOT NULL DEFAULT '1',
    `taxonomy` VARCHAR(30) NOT NULL DEFAULT '207Q00000X', `calendar` TINYINT(1) NOT NULL DEFAULT '0',
    `abook_type` VARCHAR(31) NOT NULL DEFAULT '', `default_warehouse` VARCHAR(31) NOT NULL DEFAULT '',
    `irnpool` VARCHAR(31) NOT NULL DEFAULT '', `state_license_number` VARCHAR(25), `weno_prov_id` VARCHAR(15),
    `newcrop_user_role` VARCHAR(30), `cpoe` TINYINT(1), `physician_type` VARCHAR(50),
    `main_menu_role` VARCHAR(50) NOT NULL DEFAULT 'standard', `patient_menu_role` VARCHAR(50) NOT NULL DEFAULT 'standard',
    `portal_user` TINYINT(1) NOT NULL DEFAULT '0', `supervisor_id` INT(11) NOT NULL DEFAULT '0', `billing_facility` TEXT,
    `billing_facility_id` INT(11) NOT NULL DEFAULT '0', `date_created` DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    `last_updated` DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, UNIQUE KEY `google_signin_email` (`google_signin_email`),
    PRIMARY KEY (`id`), UNIQUE KEY `uuid` (`uuid`), KEY `abook_type` (`abook_type`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `facility` (
    `id` INT(11) NOT NULL AUTO_INCREMENT, `uuid` BINARY(16), `name` VARCHAR(255), `phone` VARCHAR(30), `fax` VARCHAR(30),
    `street` VARCHAR(255), `city` VARCHAR(255), `state` VARCHAR(50), `postal_code` VARCHAR(11),
    `country_code` VARCHAR(30) NOT NULL DEFAULT '', `federal_ein` VARCHAR(15), `website` VARCHAR(255), `email` VARCHAR(255),
    `service_location` TINYINT(1) NOT NULL DEFAULT '1', `billing_location` TINYINT(1) NOT NULL DEFAULT '1',
    `accepts_assignment` TINYINT(1) NOT NULL DEFAULT '1', `pos_code` TINYINT(4), `x12_sender_id` VARCHAR(25), `attn` VARCHAR(65),
    `domain_identifier` VARCHAR(60), `facility_npi` VARCHAR(15), `facility_taxonomy` VARCHAR(15),
    `tax_id_type` VARCHAR(31) NOT NULL DEFAULT '', `color` VARCHAR(7) NOT NULL DEFAULT '',
    `primary_business_entity` INT(10) NOT NULL DEFAULT '1', `facility_code` VARCHAR(31),
    `extra_validation` TINYINT(1) NOT NULL DEFAULT '1', `mail_street` VARCHAR(30), `mail_street2` VARCHAR(30),
    `mail_city` VARCHAR(50), `mail_state` VARCHAR(3), `mail_zip` VARCHAR(10), `oid` VARCHAR(255) NOT NULL DEFAULT '',
    `iban` VARCHAR(50), `info` TEXT, `weno_id` VARCHAR(10), `inactive` TINYINT(1) NOT NULL DEFAULT '0',
    `date_created` DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, `last_updated` DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    UNIQUE KEY `uuid` (`uuid`), PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `insurance_companies` (
    `id` INT(11) NOT NULL DEFAULT '0', `uuid` BINARY(16), `name` VARCHAR(255), `attn` VARCHAR(255), `cms_id` VARCHAR(15),
    `ins_type_code` INT(11), `x12_receiver_id` VARCHAR(25), `x12_default_partner_id` INT(11), `alt_cms_id` VARCHAR(15),
    `inactive` TINYINT(1) NOT NULL DEFAULT '0', `eligibility_id` VARCHAR(32), `x12_default_eligibility_id` INT(11), `cqm_sop` INT,
    `date_created` DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, `last_updated` DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (`id`), UNIQUE KEY `uuid` (`uuid`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `addresses` (
    `id` INT(11) NOT NULL DEFAULT '0', `line1` VARCHAR(255), `line2` VARCHAR(255), `city` VARCHAR(255), `state` VARCHAR(35),
    `zip` VARCHAR(10), `plus_four` VARCHAR(4), `country` VARCHAR(255), `foreign_id` INT(11), `district` VARCHAR(255),
    PRIMARY KEY (`id`), KEY `foreign_id` (`foreign_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `phone_numbers` (
    `id` INT(11) NOT NULL DEFAULT '0', `country_code` VARCHAR(5), `area_code` CHAR(3), `prefix` CHAR(3), `number` VARCHAR(4),
    `type` INT(11), `foreign_id` INT(11), PRIMARY KEY (`id`), KEY `foreign_id` (`foreign_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `pharmacies` (
    `id` INT(11) NOT NULL DEFAULT '0', `name` VARCHAR(255), `transmit_method` INT(11) NOT NULL DEFAULT '1', `email` VARCHAR(255),
    `ncpdp` INT(12), `npi` INT(12), PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `patient_data` (
    `id` BIGINT(20) NOT NULL AUTO_INCREMENT, `uuid` BINARY(16), `title` VARCHAR(255) NOT NULL DEFAULT '',
    `language` VARCHAR(255) NOT NULL DEFAULT '', `financial` VARCHAR(255) NOT NULL DEFAULT '',
    `fname` VARCHAR(255) NOT NULL DEFAULT '', `lname` VARCHAR(255) NOT NULL DEFAULT '', `mname` VARCHAR(255) NOT NULL DEFAULT '',
    `DOB` DATE, `street` VARCHAR(255) NOT NULL DEFAULT '', `postal_code` VARCHAR(255) NOT NULL DEFAULT '',
    `city` VARCHAR(255) NOT NULL DEFAULT '', `state` VARCHAR(255) NOT NULL DEFAULT '',
    `country_code` VARCHAR(255) NOT NULL DEFAULT '', `drivers_license` VARCHAR(255) NOT NULL DEFAULT '',
    `ss` VARCHAR(255) NOT NULL DEFAULT '', `occupation` LONGTEXT, `phone_home` VARCHAR(255) NOT NULL DEFAULT '',
    `phone_biz` VARCHAR(255) NOT NULL DEFAULT '', `phone_contact` VARCHAR(255) NOT NULL DEFAULT '',
    `phone_cell` VARCHAR(255) NOT NULL DEFAULT '', `pharmacy_id` INT(11) NOT NULL DEFAULT '0',
    `status` VARCHAR(255) NOT NULL DEFAULT '', `contact_relationship` VARCHAR(255) NOT NULL DEFAULT '', `date` DATETIME,
    `sex` VARCHAR(255) NOT NULL DEFAULT '', `referrer` VARCHAR(255) NOT NULL DEFAULT '',
    `referrerID` VARCHAR(255) NOT NULL DEFAULT '', `providerID` INT(11), `ref_providerID` INT(11),
    `email` VARCHAR(255) NOT NULL DEFAULT '', `email_direct` VARCHAR(255) NOT NULL DEFAULT '',
    `ethnoracial` VARCHAR(255) NOT NULL DEFAULT '', `race` VARCHAR(255) NOT NULL DEFAULT '',
    `ethnicity` VARCHAR(255) NOT NULL DEFAULT '', `religion` VARCHAR(40) NOT NULL DEFAULT '',
    `interpretter` VARCHAR(255) NOT NULL DEFAULT '', `migrantseasonal` VARCHAR(255) NOT NULL DEFAULT '',
    `family_size` VARCHAR(255) NOT NULL DEFAULT '', `monthly_income` VARCHAR(255) NOT NULL DEFAULT '', `billing_note` TEXT,
    `homeless` VARCHAR(255) NOT NULL DEFAULT '', `financial_review` DATETIME, `pubpid` VARCHAR(255) NOT NULL DEFAULT '',
    `pid` BIGINT(20) NOT NULL DEFAULT '0', `genericname1` VARCHAR(255) NOT NULL DEFAULT '',
    `genericval1` VARCHAR(255) NOT NULL DEFAULT '', `genericname2` VARCHAR(255) NOT NULL DEFAULT '',
    `genericval2` VARCHAR(255) NOT NULL DEFAULT '', `hipaa_mail` VARCHAR(3) NOT NULL DEFAULT '',
    `hipaa_voice` VARCHAR(3) NOT NULL DEFAULT '', `hipaa_notice` VARCHAR(3) NOT NULL DEFAULT '',
    `hipaa_message` VARCHAR(20) NOT NULL DEFAULT '', `hipaa_allowsms` VARCHAR(3) NOT NULL DEFAULT 'NO',
    `hipaa_allowemail` VARCHAR(3) NOT NULL DEFAULT 'NO', `squad` VARCHAR(32) NOT NULL DEFAULT '',
    `fitness` INT(11) NOT NULL DEFAULT '0', `referral_source` VARCHAR(30) NOT NULL DEFAULT '',
    `usertext1` VARCHAR(255) NOT NULL DEFAULT '', `usertext2` VARCHAR(255) NOT NULL DEFAULT '',
    `usertext3` VARCHAR(255) NOT NULL DEFAULT '', `usertext4` VARCHAR(255) NOT NULL DEFAULT '',
    `usertext5` VARCHAR(255) NOT NULL DEFAULT '', `usertext6` VARCHAR(255) NOT NULL DEFAULT '',
    `usertext7` VARCHAR(255) NOT NULL DEFAULT '', `usertext8` VARCHAR(255) NOT NULL DEFAULT '',
    `userlist1` VARCHAR(255) NOT NULL DEFAULT '', `userlist2` VARCHAR(255) NOT NULL DEFAULT '',
    `userlist3` VARCHAR(255) NOT NULL DEFAULT '', `userlist4` VARCHAR(255) NOT NULL DEFAULT '',
    `userlist5` VARCHAR(255) NOT NULL DEFAULT '', `userlist6` VARCHAR(255) NOT NULL DEFAULT '',
    `userlist7` VARCHAR(255) NOT NULL DEFAULT '', `pricelevel` VARCHAR(255) NOT NULL DEFAULT 'standard', `regdate` DATETIME,
    `contrastart` DATE, `completed_ad` VARCHAR(3) NOT NULL DEFAULT 'NO', `ad_reviewed` DATE, `vfc` VARCHAR(255) NOT NULL DEFAULT '',
    `mothersname` VARCHAR(255) NOT NULL DEFAULT '', `guardiansname` TEXT, `allow_imm_reg_use` VARCHAR(255) NOT NULL DEFAULT '',
    `allow_imm_info_share` VARCHAR(255) NOT NULL DEFAULT '', `allow_health_info_ex` VARCHAR(255) NOT NULL DEFAULT '',
    `allow_patient_portal` VARCHAR(31) NOT NULL DEFAULT '', `deceased_date` DATETIME,
    `deceased_reason` VARCHAR(255) NOT NULL DEFAULT '', `soap_import_status` TINYINT(4),
    `cmsportal_login` VARCHAR(60) NOT NULL DEFAULT '', `care_team_provider` TEXT, `care_team_facility` TEXT,
    `care_team_status` TEXT, `county` VARCHAR(40) NOT NULL DEFAULT '', `industry` TEXT, `imm_reg_status` TEXT,
    `imm_reg_stat_effdate` TEXT, `publicity_code` TEXT, `publ_code_eff_date` TEXT, `protect_indicator` TEXT,
    `prot_indi_effdate` TEXT, `guardianrelationship` TEXT, `guardiansex` TEXT, `guardianaddress` TEXT, `guardiancity` TEXT,
    `guardianstate` TEXT, `guardianpostalcode` TEXT, `guardiancountry` TEXT, `guardianphone` TEXT, `guardianworkphone` TEXT,
    `guardianemail` TEXT, `sexual_orientation` TEXT, `gender_identity` TEXT, `birth_fname` TEXT, `birth_lname` TEXT,
    `birth_mname` TEXT, `dupscore` INT NOT NULL DEFAULT '-9', `name_history` TINYTEXT, `suffix` TINYTEXT, `street_line_2` TINYTEXT,
    `patient_groups` TEXT, `prevent_portal_apps` TEXT, `provider_since_date` TINYTEXT, `created_by` BIGINT(20),
    `updated_by` BIGINT(20), `preferred_name` TINYTEXT, `nationality_country` TINYTEXT,
    `last_updated` DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, UNIQUE KEY `pid` (`pid`), UNIQUE KEY `uuid` (`uuid`),
    KEY `id` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `insurance_data` (
    `id` BIGINT(20) NOT NULL AUTO_INCREMENT, `uuid` BINARY(16), `type` ENUM('primary', 'secondary', 'tertiary'),
    `provider` VARCHAR(255), `plan_name` VARCHAR(255), `policy_number` VARCHAR(255), `group_number` VARCHAR(255),
    `subscriber_lname` VARCHAR(255), `subscriber_mname` VARCHAR(255), `subscriber_fname` VARCHAR(255),
    `subscriber_relationship` VARCHAR(255), `subscriber_ss` VARCHAR(255), `subscriber_DOB` DATE, `subscriber_street` VARCHAR(255),
    `subscriber_postal_code` VARCHAR(255), `subscriber_city` VARCHAR(255), `subscriber_state` VARCHAR(255),
    `subscriber_country` VARCHAR(255), `subscriber_phone` VARCHAR(255), `subscriber_employer` VARCHAR(255),
    `subscriber_employer_street` VARCHAR(255), `subscriber_employer_postal_code` VARCHAR(255),
    `subscriber_employer_state` VARCHAR(255), `subscriber_employer_country` VARCHAR(255), `subscriber_employer_city` VARCHAR(255),
    `copay` VARCHAR(255), `date` DATE, `pid` BIGINT(20) NOT NULL DEFAULT '0', `subscriber_sex` VARCHAR(25),
    `accept_assignment` VARCHAR(5) NOT NULL DEFAULT 'TRUE', `policy_type` VARCHAR(25) NOT NULL DEFAULT '',
    `subscriber_street_line_2` TINYTEXT, `subscriber_employer_street_line_2` TINYTEXT, `date_end` DATE, PRIMARY KEY (`id`),
    UNIQUE KEY `uuid` (`uuid`), UNIQUE KEY `pid_type_date` (`pid`,`type`,`date`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `openemr_postcalendar_categories` (
    `pc_catid` INT(11) UNSIGNED NOT NULL AUTO_INCREMENT, `pc_constant_id` VARCHAR(255), `pc_catname` VARCHAR(100),
    `pc_catcolor` VARCHAR(50), `pc_catdesc` TEXT, `pc_recurrtype` INT(1) NOT NULL DEFAULT '0', `pc_enddate` DATE,
    `pc_recurrspec` TEXT, `pc_recurrfreq` INT(3) NOT NULL DEFAULT '0', `pc_duration` BIGINT(20) NOT NULL DEFAULT '0',
    `pc_end_date_flag` TINYINT(1) NOT NULL DEFAULT '0', `pc_end_date_type` INT(2), `pc_end_date_freq` INT(11) NOT NULL DEFAULT '0',
    `pc_end_all_day` TINYINT(1) NOT NULL DEFAULT '0', `pc_dailylimit` INT(2) NOT NULL DEFAULT '0', `pc_cattype` INT(11) NOT NULL,
    `pc_active` TINYINT(1) NOT NULL DEFAULT '1', `pc_seq` INT(11) NOT NULL DEFAULT '0',
    `aco_spec` VARCHAR(63) NOT NULL DEFAULT 'encounters|notes', `pc_last_updated` DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (`pc_catid`), UNIQUE KEY (`pc_constant_id`), KEY `basic_cat` (`pc_catname`,`pc_catcolor`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `openemr_postcalendar_events` (
    `pc_eid` INT(11) UNSIGNED NOT NULL AUTO_INCREMENT, `pc_catid` INT(11) NOT NULL DEFAULT '0',
    `pc_multiple` INT(10) UNSIGNED NOT NULL, `pc_aid` VARCHAR(30), `pc_pid` VARCHAR(11), `pc_gid` INT(11), `pc_title` VARCHAR(150),
    `pc_time` DATETIME, `pc_hometext` TEXT, `pc_comments` INT(11), `pc_counter` MEDIUMINT(8) UNSIGNED,
    `pc_topic` INT(3) NOT NULL DEFAULT '1', `pc_informant` VARCHAR(20), `pc_eventDate` DATE NOT NULL DEFAULT '0000-00-00',
    `pc_endDate` DATE NOT NULL DEFAULT '0000-00-00', `pc_duration` BIGINT(20) NOT NULL DEFAULT '0',
    `pc_recurrtype` INT(1) NOT NULL DEFAULT '0', `pc_recurrspec` TEXT, `pc_recurrfreq` INT(3) NOT NULL DEFAULT '0',
    `pc_startTime` TIME, `pc_endTime` TIME, `pc_alldayevent` INT(1) NOT NULL DEFAULT '0', `pc_location` TEXT,
    `pc_conttel` VARCHAR(50), `pc_contname` VARCHAR(50), `pc_contemail` VARCHAR(255), `pc_website` VARCHAR(255),
    `pc_fee` VARCHAR(50), `pc_eventstatus` INT(11) NOT NULL DEFAULT '0', `pc_sharing` INT(11) NOT NULL DEFAULT '0',
    `pc_language` VARCHAR(30), `pc_apptstatus` VARCHAR(15) NOT NULL DEFAULT '-', `pc_prefcatid` INT(11) NOT NULL DEFAULT '0',
    `pc_facility` INT(11) NOT NULL DEFAULT '0', `pc_sendalertsms` VARCHAR(3) NOT NULL DEFAULT 'NO',
    `pc_sendalertemail` VARCHAR(3) NOT NULL DEFAULT 'NO', `pc_billing_location` SMALLINT(6) NOT NULL DEFAULT '0',
    `pc_room` VARCHAR(20) NOT NULL DEFAULT '', `uuid` BINARY(16), PRIMARY KEY (`pc_eid`),
    KEY `basic_event` (`pc_catid`,`pc_aid`,`pc_eventDate`,`pc_endDate`,`pc_eventstatus`,`pc_sharing`,`pc_topic`),
    KEY `pc_eventDate` (`pc_eventDate`), UNIQUE KEY `uuid` (`uuid`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `form_encounter` (
    `id` BIGINT(20) NOT NULL AUTO_INCREMENT, `uuid` BINARY(16), `date` DATETIME, `reason` LONGTEXT, `facility` LONGTEXT,
    `facility_id` INT(11) NOT NULL DEFAULT '0', `pid` BIGINT(20), `encounter` BIGINT(20), `onset_date` DATETIME,
    `sensitivity` VARCHAR(30), `billing_note` TEXT, `pc_catid` INT(11) NOT NULL DEFAULT '5',
    `last_level_billed` INT NOT NULL DEFAULT '0', `last_level_closed` INT NOT NULL DEFAULT '0', `last_stmt_date` DATE,
    `stmt_count` INT NOT NULL DEFAULT '0', `provider_id` INT(11), `supervisor_id` INT(11),
    `invoice_refno` VARCHAR(31) NOT NULL DEFAULT '', `referral_source` VARCHAR(31) NOT NULL DEFAULT '',
    `billing_facility` INT(11) NOT NULL DEFAULT '0', `external_id` VARCHAR(20), `pos_code` TINYINT(4),
    `parent_encounter_id` BIGINT(20), `class_code` VARCHAR(10) NOT NULL DEFAULT 'AMB', `shift` VARCHAR(31) NOT NULL DEFAULT '',
    `voucher_number` VARCHAR(255) NOT NULL DEFAULT '', `discharge_disposition` VARCHAR(100), `encounter_type_code` VARCHAR(31),
    `encounter_type_description` TEXT, `referring_provider_id` INT(11), `date_end` DATETIME, `in_collection` TINYINT(1),
    `last_update` TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, `ordering_provider_id` INT(11), PRIMARY KEY (`id`),
    UNIQUE KEY `uuid` (`uuid`), KEY `pid_encounter` (`pid`,`encounter`), KEY `encounter_date` (`date`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `forms` (
    `id` BIGINT(20) NOT NULL AUTO_INCREMENT, `date` DATETIME, `encounter` BIGINT(20), `form_name` LONGTEXT, `form_id` BIGINT(20),
    `pid` BIGINT(20), `user` VARCHAR(255), `groupname` VARCHAR(255), `authorized` TINYINT(4),
    `deleted` TINYINT(4) NOT NULL DEFAULT '0', `formdir` LONGTEXT, `therapy_group_id` INT(11),
    `issue_id` BIGINT(20) NOT NULL DEFAULT '0', `provider_id` BIGINT(20) NOT NULL DEFAULT '0', PRIMARY KEY (`id`),
    KEY `pid_encounter` (`pid`,`encounter`), KEY `form_id` (`form_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `form_vitals` (
    `id` BIGINT(20) NOT NULL AUTO_INCREMENT, `uuid` BINARY(16), `date` DATETIME, `pid` BIGINT(20), `user` VARCHAR(255),
    `groupname` VARCHAR(255), `authorized` TINYINT(4), `activity` TINYINT(4), `bps` VARCHAR(40), `bpd` VARCHAR(40),
    `weight` DECIMAL(12,6), `height` DECIMAL(12,6), `temperature` DECIMAL(12,6), `temp_method` VARCHAR(255), `pulse` DECIMAL(12,6),
    `respiration` DECIMAL(12,6), `note` VARCHAR(255), `BMI` DECIMAL(12,6), `BMI_status` VARCHAR(255), `waist_circ` DECIMAL(12,6),
    `head_circ` DECIMAL(12,6), `oxygen_saturation` DECIMAL(6,2), `oxygen_flow_rate` DECIMAL(12,6), `external_id` VARCHAR(20),
    `ped_weight_height` DECIMAL(6,2), `ped_bmi` DECIMAL(6,2), `ped_head_circ` DECIMAL(6,2),
    `inhaled_oxygen_concentration` DECIMAL(6,2), `last_updated` DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (`id`),
    KEY `pid` (`pid`), UNIQUE KEY `uuid` (`uuid`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `form_soap` (
    `id` BIGINT(20) NOT NULL AUTO_INCREMENT, `date` DATETIME, `pid` BIGINT(20), `user` VARCHAR(255), `groupname` VARCHAR(255),
    `authorized` TINYINT(4), `activity` TINYINT(4), `subjective` TEXT, `objective` TEXT, `assessment` TEXT, `plan` TEXT,
    PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `form_clinical_notes` (
    `id` BIGINT(20) NOT NULL AUTO_INCREMENT, `form_id` BIGINT(20) NOT NULL, `uuid` BINARY(16), `date` DATE, `pid` BIGINT(20),
    `encounter` VARCHAR(255), `user` VARCHAR(255), `groupname` VARCHAR(255), `authorized` TINYINT(4), `activity` TINYINT(4),
    `code` VARCHAR(255), `codetext` TEXT, `description` TEXT, `external_id` VARCHAR(30), `clinical_notes_type` VARCHAR(100),
    `clinical_notes_category` VARCHAR(100), `note_related_to` TEXT, `last_updated` DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (`id`), UNIQUE KEY `uuid` (`uuid`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `lists` (
    `id` BIGINT(20) NOT NULL AUTO_INCREMENT, `uuid` BINARY(16), `date` DATETIME, `type` VARCHAR(255),
    `subtype` VARCHAR(31) NOT NULL DEFAULT '', `title` VARCHAR(255), `udi` VARCHAR(255), `udi_data` TEXT, `begdate` DATETIME,
    `enddate` DATETIME, `returndate` DATE, `occurrence` INT(11), `classification` INT(11), `referredby` VARCHAR(255),
    `extrainfo` VARCHAR(255), `diagnosis` VARCHAR(255), `activity` TINYINT(4), `comments` LONGTEXT, `pid` BIGINT(20),
    `user` VARCHAR(255), `groupname` VARCHAR(255), `outcome` INT(11) NOT NULL DEFAULT '0', `destination` VARCHAR(255),
    `reinjury_id` BIGINT(20) NOT NULL DEFAULT '0', `injury_part` VARCHAR(31) NOT NULL DEFAULT '',
    `injury_type` VARCHAR(31) NOT NULL DEFAULT '', `injury_grade` VARCHAR(31) NOT NULL DEFAULT '',
    `reaction` VARCHAR(255) NOT NULL DEFAULT '', `verification` VARCHAR(36) NOT NULL DEFAULT '', `external_allergyid` INT(11),
    `erx_source` ENUM('0', '1') NOT NULL DEFAULT '0', `erx_uploaded` ENUM('0', '1') NOT NULL DEFAULT '0',
    `modifydate` TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, `severity_al` VARCHAR(50), `external_id` VARCHAR(20),
    `list_option_id` VARCHAR(100), PRIMARY KEY (`id`), KEY `pid` (`pid`), KEY `type` (`type`), UNIQUE KEY `uuid` (`uuid`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `lists_touch` (
    `pid` BIGINT(20) NOT NULL DEFAULT '0', `type` VARCHAR(255) NOT NULL DEFAULT '', `date` DATETIME, PRIMARY KEY (`pid`,`type`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `lists_medication` (
    `id` BIGINT(20) NOT NULL AUTO_INCREMENT, `list_id` BIGINT(20), `drug_dosage_instructions` LONGTEXT,
    `usage_category` VARCHAR(100), `usage_category_title` VARCHAR(255) NOT NULL DEFAULT '', `request_intent` VARCHAR(100),
    `request_intent_title` VARCHAR(255) NOT NULL DEFAULT '', PRIMARY KEY (`id`),
    KEY `lists_med_usage_category_idx` (`usage_category`), KEY `lists_med_request_intent_idx` (`request_intent`),
    KEY `lists_medication_list_idx` (`list_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `issue_encounter` (
    `pid` BIGINT(20) NOT NULL, `list_id` INT(11) NOT NULL, `encounter` INT(11) NOT NULL, `resolved` TINYINT(1) NOT NULL,
    PRIMARY KEY (`pid`,`list_id`,`encounter`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `list_options` (
    `list_id` VARCHAR(100) NOT NULL DEFAULT '', `option_id` VARCHAR(100) NOT NULL DEFAULT '',
    `title` VARCHAR(255) NOT NULL DEFAULT '', `seq` INT(11) NOT NULL DEFAULT '0', `is_default` TINYINT(1) NOT NULL DEFAULT '0',
    `option_value` FLOAT NOT NULL DEFAULT '0', `mapping` VARCHAR(31) NOT NULL DEFAULT '', `notes` TEXT,
    `codes` VARCHAR(255) NOT NULL DEFAULT '', `toggle_setting_1` TINYINT(1) NOT NULL DEFAULT '0',
    `toggle_setting_2` TINYINT(1) NOT NULL DEFAULT '0', `activity` TINYINT NOT NULL DEFAULT '1',
    `subtype` VARCHAR(31) NOT NULL DEFAULT '', `edit_options` TINYINT(1) NOT NULL DEFAULT '1',
    `timestamp` TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, `last_updated` DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (`list_id`,`option_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `prescriptions` (
    `id` INT(11) NOT NULL AUTO_INCREMENT, `uuid` BINARY(16), `patient_id` BIGINT(20), `filled_by_id` INT(11), `pharmacy_id` INT(11),
    `date_added` DATETIME, `date_modified` DATETIME, `provider_id` INT(11), `encounter` INT(11), `start_date` DATE,
    `drug` VARCHAR(150), `drug_id` INT(11) NOT NULL DEFAULT '0', `rxnorm_drugcode` VARCHAR(25), `form` INT(3),
    `dosage` VARCHAR(100), `quantity` VARCHAR(31), `size` VARCHAR(25), `unit` INT(11), `route` VARCHAR(100), `interval` INT(11),
    `substitute` INT(11), `refills` INT(11), `per_refill` INT(11), `filled_date` DATE, `medication` INT(11), `note` TEXT,
    `active` INT(11) NOT NULL DEFAULT '1', `datetime` DATETIME, `user` VARCHAR(50), `site` VARCHAR(50),
    `prescriptionguid` VARCHAR(50), `erx_source` TINYINT(4) NOT NULL DEFAULT '0', `erx_uploaded` TINYINT(4) NOT NULL DEFAULT '0',
    `drug_info_erx` TEXT, `external_id` VARCHAR(20), `end_date` DATE, `indication` TEXT, `prn` VARCHAR(30), `ntx` INT(2),
    `rtx` INT(2), `txDate` DATE NOT NULL, `usage_category` VARCHAR(100), `usage_category_title` VARCHAR(255) NOT NULL DEFAULT '',
    `request_intent` VARCHAR(100), `request_intent_title` VARCHAR(255) NOT NULL DEFAULT '', `drug_dosage_instructions` LONGTEXT,
    `created_by` BIGINT(20), `updated_by` BIGINT(20), PRIMARY KEY (`id`), KEY `patient_id` (`patient_id`),
    UNIQUE KEY `uuid` (`uuid`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `immunizations` (
    `id` BIGINT(20) NOT NULL AUTO_INCREMENT, `uuid` BINARY(16), `patient_id` BIGINT(20), `administered_date` DATETIME,
    `immunization_id` INT(11), `cvx_code` VARCHAR(64), `manufacturer` VARCHAR(100), `lot_number` VARCHAR(50),
    `administered_by_id` BIGINT(20), `administered_by` VARCHAR(255), `education_date` DATE, `vis_date` DATE, `note` TEXT,
    `create_date` DATETIME, `update_date` TIMESTAMP NOT NULL, `created_by` BIGINT(20), `updated_by` BIGINT(20),
    `amount_administered` FLOAT, `amount_administered_unit` VARCHAR(50), `expiration_date` DATE, `route` VARCHAR(100),
    `administration_site` VARCHAR(100), `added_erroneously` TINYINT(1) NOT NULL DEFAULT '0', `external_id` VARCHAR(20),
    `completion_status` VARCHAR(50), `information_source` VARCHAR(31), `refusal_reason` VARCHAR(31), `ordering_provider` INT(11),
    `reason_code` VARCHAR(31), `reason_description` TEXT, PRIMARY KEY (`id`), KEY `patient_id` (`patient_id`),
    UNIQUE KEY `uuid` (`uuid`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `procedure_providers` (
    `ppid` BIGINT(20) NOT NULL AUTO_INCREMENT, `uuid` BINARY(16), `name` VARCHAR(255) NOT NULL DEFAULT '',
    `npi` VARCHAR(15) NOT NULL DEFAULT '', `send_app_id` VARCHAR(255) NOT NULL DEFAULT '',
    `send_fac_id` VARCHAR(255) NOT NULL DEFAULT '', `recv_app_id` VARCHAR(255) NOT NULL DEFAULT '',
    `recv_fac_id` VARCHAR(255) NOT NULL DEFAULT '', `DorP` CHAR(1) NOT NULL DEFAULT 'D', `direction` CHAR(1) NOT NULL DEFAULT 'B',
    `protocol` VARCHAR(15) NOT NULL DEFAULT 'DL', `remote_host` VARCHAR(255) NOT NULL DEFAULT '',
    `login` VARCHAR(255) NOT NULL DEFAULT '', `password` VARCHAR(255) NOT NULL DEFAULT '',
    `orders_path` VARCHAR(255) NOT NULL DEFAULT '', `results_path` VARCHAR(255) NOT NULL DEFAULT '', `notes` TEXT,
    `lab_director` BIGINT(20) NOT NULL DEFAULT '0', `active` TINYINT(1) NOT NULL DEFAULT '1', `type` VARCHAR(31),
    `date_created` DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, `last_updated` DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (`ppid`), UNIQUE KEY `uuid` (`uuid`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `procedure_order` (
    `procedure_order_id` BIGINT(20) NOT NULL AUTO_INCREMENT, `uuid` BINARY(16), `provider_id` BIGINT(20) NOT NULL DEFAULT '0',
    `patient_id` BIGINT(20) NOT NULL, `encounter_id` BIGINT(20) NOT NULL DEFAULT '0', `date_collected` DATETIME,
    `date_ordered` DATETIME, `order_priority` VARCHAR(31) NOT NULL DEFAULT '', `order_status` VARCHAR(31) NOT NULL DEFAULT '',
    `patient_instructions` TEXT, `activity` TINYINT(1) NOT NULL DEFAULT '1', `control_id` VARCHAR(255) NOT NULL DEFAULT '',
    `lab_id` BIGINT(20) NOT NULL DEFAULT '0', `specimen_type` VARCHAR(31) NOT NULL DEFAULT '',
    `specimen_location` VARCHAR(31) NOT NULL DEFAULT '', `specimen_volume` VARCHAR(30) NOT NULL DEFAULT '',
    `date_transmitted` DATETIME, `clinical_hx` VARCHAR(255) NOT NULL DEFAULT '', `external_id` VARCHAR(20),
    `history_order` ENUM('0', '1'), `order_diagnosis` VARCHAR(255), `billing_type` VARCHAR(4), `specimen_fasting` VARCHAR(31),
    `order_psc` TINYINT(4), `order_abn` VARCHAR(31) NOT NULL DEFAULT 'not_required', `collector_id` BIGINT(11) NOT NULL DEFAULT '0',
    `account` VARCHAR(60), `account_facility` INT(11), `provider_number` VARCHAR(30),
    `procedure_order_type` VARCHAR(32) NOT NULL DEFAULT 'laboratory_test', PRIMARY KEY (`procedure_order_id`),
    UNIQUE KEY `uuid` (`uuid`), KEY `datepid` (`date_ordered`,`patient_id`), KEY `patient_id` (`patient_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `procedure_order_code` (
    `procedure_order_id` BIGINT(20) NOT NULL, `procedure_order_seq` INT(11) NOT NULL,
    `procedure_code` VARCHAR(64) NOT NULL DEFAULT '', `procedure_name` VARCHAR(255) NOT NULL DEFAULT '',
    `procedure_source` CHAR(1) NOT NULL DEFAULT '1', `diagnoses` TEXT, `do_not_send` TINYINT(1) NOT NULL DEFAULT '0',
    `procedure_order_title` VARCHAR(255), `procedure_type` VARCHAR(31), `transport` VARCHAR(31), `date_end` DATETIME,
    `reason_code` VARCHAR(31), `reason_description` TEXT, `reason_date_low` DATETIME, `reason_date_high` DATETIME,
    `reason_status` VARCHAR(31), PRIMARY KEY (`procedure_order_id`,`procedure_order_seq`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `procedure_report` (
    `procedure_report_id` BIGINT(20) NOT NULL AUTO_INCREMENT, `uuid` BINARY(16), `procedure_order_id` BIGINT(20),
    `procedure_order_seq` INT(11) NOT NULL DEFAULT '1', `date_collected` DATETIME, `date_collected_tz` VARCHAR(5),
    `date_report` DATETIME, `date_report_tz` VARCHAR(5), `source` BIGINT(20) NOT NULL DEFAULT '0',
    `specimen_num` VARCHAR(63) NOT NULL DEFAULT '', `report_status` VARCHAR(31) NOT NULL DEFAULT '',
    `review_status` VARCHAR(31) NOT NULL DEFAULT 'received', `report_notes` TEXT, PRIMARY KEY (`procedure_report_id`),
    KEY `procedure_order_id` (`procedure_order_id`), UNIQUE KEY `uuid` (`uuid`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `procedure_result` (
    `procedure_result_id` BIGINT(20) NOT NULL AUTO_INCREMENT, `uuid` BINARY(16), `procedure_report_id` BIGINT(20) NOT NULL,
    `result_data_type` CHAR(1) NOT NULL DEFAULT 'S', `result_code` VARCHAR(31) NOT NULL DEFAULT '',
    `result_text` VARCHAR(255) NOT NULL DEFAULT '', `date` DATETIME, `facility` VARCHAR(255) NOT NULL DEFAULT '',
    `units` VARCHAR(31) NOT NULL DEFAULT '', `result` VARCHAR(255) NOT NULL DEFAULT '', `range` VARCHAR(255) NOT NULL DEFAULT '',
    `abnormal` VARCHAR(31) NOT NULL DEFAULT '', `comments` TEXT, `document_id` BIGINT(20) NOT NULL DEFAULT '0',
    `result_status` VARCHAR(31) NOT NULL DEFAULT '', `date_end` DATETIME, PRIMARY KEY (`procedure_result_id`),
    UNIQUE KEY `uuid` (`uuid`), KEY `procedure_report_id` (`procedure_report_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `pnotes` (
    `id` BIGINT(20) NOT NULL AUTO_INCREMENT, `date` DATETIME, `body` LONGTEXT, `pid` BIGINT(20), `user` VARCHAR(255),
    `groupname` VARCHAR(255), `activity` TINYINT(4), `authorized` TINYINT(4), `title` VARCHAR(255), `assigned_to` VARCHAR(255),
    `deleted` TINYINT(4), `message_status` VARCHAR(20) NOT NULL DEFAULT 'New', `portal_relation` VARCHAR(100),
    `is_msg_encrypted` TINYINT(2), `update_by` BIGINT(20), `update_date` DATETIME, PRIMARY KEY (`id`), KEY `pid` (`pid`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `documents` (
    `id` INT(11) NOT NULL DEFAULT '0', `uuid` BINARY(16), `type` ENUM('file_url', 'blob', 'web_url'), `size` INT(11),
    `date` DATETIME, `date_expires` DATETIME, `url` VARCHAR(255), `thumb_url` VARCHAR(255), `mimetype` VARCHAR(255),
    `pages` INT(11), `owner` INT(11), `revision` TIMESTAMP NOT NULL, `foreign_id` BIGINT(20), `docdate` DATE, `hash` VARCHAR(255),
    `list_id` BIGINT(20) NOT NULL DEFAULT '0', `name` VARCHAR(255), `drive_uuid` BINARY(16), `couch_docid` VARCHAR(100),
    `couch_revid` VARCHAR(100), `storagemethod` TINYINT(4) NOT NULL DEFAULT '0', `path_depth` TINYINT, `imported` TINYINT,
    `encounter_id` BIGINT(20) NOT NULL DEFAULT '0', `encounter_check` TINYINT(1) NOT NULL DEFAULT '0',
    `audit_master_approval_status` TINYINT NOT NULL DEFAULT '1', `audit_master_id` INT(11), `documentationOf` VARCHAR(255),
    `encrypted` TINYINT(4) NOT NULL DEFAULT '0', `document_data` MEDIUMTEXT, `deleted` TINYINT(1) NOT NULL DEFAULT '0',
    `foreign_reference_id` BIGINT(20), `foreign_reference_table` VARCHAR(40), PRIMARY KEY (`id`),
    UNIQUE KEY `drive_uuid` (`drive_uuid`), UNIQUE KEY `uuid` (`uuid`), KEY `revision` (`revision`),
    KEY `foreign_id` (`foreign_id`), KEY `foreign_reference` (`foreign_reference_id`,`foreign_reference_table`),
    KEY `owner` (`owner`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `categories` (
    `id` INT(11) NOT NULL DEFAULT '0', `name` VARCHAR(255), `value` VARCHAR(255), `parent` INT(11) NOT NULL DEFAULT '0',
    `lft` INT(11) NOT NULL DEFAULT '0', `rght` INT(11) NOT NULL DEFAULT '0',
    `aco_spec` VARCHAR(63) NOT NULL DEFAULT 'patients|docs', `codes` VARCHAR(255) NOT NULL DEFAULT '', PRIMARY KEY (`id`),
    KEY `parent` (`parent`), KEY `lft` (`lft`,`rght`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `categories_to_documents` (
    `category_id` INT(11) NOT NULL DEFAULT '0', `document_id` INT(11) NOT NULL DEFAULT '0',
    PRIMARY KEY (`category_id`,`document_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `history_data` (
    `id` BIGINT(20) NOT NULL AUTO_INCREMENT, `uuid` BINARY(16), `coffee` LONGTEXT, `tobacco` LONGTEXT, `alcohol` LONGTEXT,
    `sleep_patterns` LONGTEXT, `exercise_patterns` LONGTEXT, `seatbelt_use` LONGTEXT, `counseling` LONGTEXT,
    `hazardous_activities` LONGTEXT, `recreational_drugs` LONGTEXT, `last_breast_exam` VARCHAR(255), `last_mammogram` VARCHAR(255),
    `last_gynocological_exam` VARCHAR(255), `last_rectal_exam` VARCHAR(255), `last_prostate_exam` VARCHAR(255),
    `last_physical_exam` VARCHAR(255), `last_sigmoidoscopy_colonoscopy` VARCHAR(255), `last_ecg` VARCHAR(255),
    `last_cardiac_echo` VARCHAR(255), `last_retinal` VARCHAR(255), `last_fluvax` VARCHAR(255), `last_pneuvax` VARCHAR(255),
    `last_ldl` VARCHAR(255), `last_hemoglobin` VARCHAR(255), `last_psa` VARCHAR(255), `last_exam_results` VARCHAR(255),
    `history_mother` LONGTEXT, `dc_mother` TEXT, `history_father` LONGTEXT, `dc_father` TEXT, `history_siblings` LONGTEXT,
    `dc_siblings` TEXT, `history_offspring` LONGTEXT, `dc_offspring` TEXT, `history_spouse` LONGTEXT, `dc_spouse` TEXT,
    `relatives_cancer` LONGTEXT, `relatives_tuberculosis` LONGTEXT, `relatives_diabetes` LONGTEXT,
    `relatives_high_blood_pressure` LONGTEXT, `relatives_heart_problems` LONGTEXT, `relatives_stroke` LONGTEXT,
    `relatives_epilepsy` LONGTEXT, `relatives_mental_illness` LONGTEXT, `relatives_suicide` LONGTEXT, `cataract_surgery` DATETIME,
    `tonsillectomy` DATETIME, `cholecystestomy` DATETIME, `heart_surgery` DATETIME, `hysterectomy` DATETIME,
    `hernia_repair` DATETIME, `hip_replacement` DATETIME, `knee_replacement` DATETIME, `appendectomy` DATETIME, `date` DATETIME,
    `pid` BIGINT(20) NOT NULL DEFAULT '0', `name_1` VARCHAR(255), `value_1` VARCHAR(255), `name_2` VARCHAR(255),
    `value_2` VARCHAR(255), `additional_history` TEXT, `exams` TEXT, `usertext11` TEXT,
    `usertext12` VARCHAR(255) NOT NULL DEFAULT '', `usertext13` VARCHAR(255) NOT NULL DEFAULT '',
    `usertext14` VARCHAR(255) NOT NULL DEFAULT '', `usertext15` VARCHAR(255) NOT NULL DEFAULT '',
    `usertext16` VARCHAR(255) NOT NULL DEFAULT '', `usertext17` VARCHAR(255) NOT NULL DEFAULT '',
    `usertext18` VARCHAR(255) NOT NULL DEFAULT '', `usertext19` VARCHAR(255) NOT NULL DEFAULT '',
    `usertext20` VARCHAR(255) NOT NULL DEFAULT '', `usertext21` VARCHAR(255) NOT NULL DEFAULT '',
    `usertext22` VARCHAR(255) NOT NULL DEFAULT '', `usertext23` VARCHAR(255) NOT NULL DEFAULT '',
    `usertext24` VARCHAR(255) NOT NULL DEFAULT '', `usertext25` VARCHAR(255) NOT NULL DEFAULT '',
    `usertext26` VARCHAR(255) NOT NULL DEFAULT '', `usertext27` VARCHAR(255) NOT NULL DEFAULT '',
    `usertext28` VARCHAR(255) NOT NULL DEFAULT '', `usertext29` VARCHAR(255) NOT NULL DEFAULT '',
    `usertext30` VARCHAR(255) NOT NULL DEFAULT '', `userdate11` DATE, `userdate12` DATE, `userdate13` DATE, `userdate14` DATE,
    `userdate15` DATE, `userarea11` TEXT, `userarea12` TEXT, `created_by` BIGINT(20), PRIMARY KEY (`id`), KEY `pid` (`pid`),
    UNIQUE KEY `uuid` (`uuid`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
