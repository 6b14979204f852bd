"""Deliveries in the layouts of their providers, tiny, with pixels made up: SIMULATED."""

from __future__ import annotations

import hashlib
import json
import warnings
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine

from small_images import EAST, NORTH, textured, write

RPC = {
    "height_off": 100.0, "height_scale": 500.0, "lat_off": 42.45, "lat_scale": 0.01,
    "long_off": 129.73, "long_scale": 0.01, "line_off": 100.0, "line_scale": 100.0,
    "samp_off": 150.0, "samp_scale": 150.0,
}  # fmt: skip


def at(east_px: float = 0, south_px: float = 0, res: float = 1.0) -> Affine:
    """The grid of an image whose corner lies so many pixels from the common one."""
    return Affine(res, 0, EAST + east_px * res, 0, -res, NORTH - south_px * res)


def imd(*, order="0155", level="LV3D", time="2023-03-14T02:12:21.123456Z", band_id="P", more=""):
    """The `.IMD` of Maxar."""
    bands = {"P": ["P"], "MULTI": ["B", "G", "R", "N"]}[band_id]
    groups = "".join(
        f"BEGIN_GROUP = BAND_{b}\n\tULLon = 129.7;\n\tabsCalFactor = 5.7e-02;\n"
        f"END_GROUP = BAND_{b}\n"
        for b in bands
    )
    return (
        'version = "28.4";\ngenerationTime = 2023-03-20T10:00:00.000000Z;\n'
        f'productOrderId = "{order}_01_P001";\nproductCatalogId = "A030010155";\n'
        f'imageDescriptor = "{"Basic1B" if level == "LV1B" else "OrthoRectified3"}";\n'
        f'bandId = "{band_id}";\npanSharpenAlgorithm = "None";\nnumRows = 200;\nnumColumns = 300;\n'
        f'productLevel = "{level}";\nproductType = "Standard";\nnumberOfLooks = 1;\n'
        f'radiometricLevel = "Corrected";\nbitsPerPixel = 16;\n{groups}'
        "BEGIN_GROUP = IMAGE_1\n"
        '\tsatId = "WV02";\n\tmode = "FullSwath";\n\tscanDirection = "Forward";\n'
        '\tCatId = "103001000155A000";\n\tTLCTime = 2023-03-14T02:12:20.000000Z;\n'
        "\tnumTLC = 2;\n\tTLCList = ( \n\t(0, 0.000000),\n\t(33656, -1.695800) );\n"
        f"\tfirstLineTime = {time};\n\tavgLineRate = 24000.00;\n"
        "\tmeanCollectedGSD = 0.512;\n\tmeanProductGSD = 0.502;\n\tmeanSunAz = 151.2;\n"
        "\tmeanSunEl = 41.3;\n\tmeanSatAz = 213.4;\n\tmeanSatEl = 69.8;\n"
        "\tmeanOffNadirViewAngle = 18.1;\n\tcloudCover = 0.030;\n"
        f"{more}END_GROUP = IMAGE_1\nEND;\n"
    )


def til(names: list[str]) -> str:
    """The `.TIL` of Maxar."""
    tiles = "".join(
        f'BEGIN_GROUP = TILE_{n}\n\tfilename = "{name}";\n\tULColOffset = {150 * (n - 1)};\n'
        f"\tULRowOffset = 0;\nEND_GROUP = TILE_{n}\n"
        for n, name in enumerate(names, start=1)
    )
    return f'bandId = "P";\nnumTiles = {len(names)};\ntileSizeX = 150;\ntileUnits = "Pixels";\n{tiles}END;\n'


def maxar(root: Path, *, n_tiles: int = 2, dtype: str = "uint16", seed: int = 0) -> Path:
    """An order of one panchromatic image in tiles: `ORDER_0155/0155_01_P001_PAN/...R1C1.TIF`."""
    folder = root / "ORDER_0155" / "0155_01_P001_PAN"
    folder.mkdir(parents=True)
    stem = "23MAR14021221-P3DS-0155_01_P001"
    pixels = textured(1, 200, 150 * n_tiles, dtype=dtype, seed=seed, low=200, high=1800)
    names = [f"{stem.replace('P3DS', f'P3DS_R1C{n}')}.TIF" for n in range(1, n_tiles + 1)]
    for n, name in enumerate(names):
        write(folder / name, pixels[:, :, 150 * n : 150 * (n + 1)], transform=at(150 * n))
    (folder / f"{stem}.TIL").write_text(til(names))
    (folder / f"{stem}.IMD").write_text(imd())
    (folder / f"{stem}-BROWSE.JPG").write_bytes(b"\xff\xd8\xff\xe0 a quicklook")
    (root / "ORDER_0155" / "0155_01_README.TXT").write_text("version = 1;\nsome words\n")
    (root / "ORDER_0155" / "LICENSE.TXT").write_text("Maxar News Bureau, internal use\nmore\n")
    return folder


def maxar_xml(folder: Path, name: str = "p") -> None:
    """The same papers in one `.XML`."""
    (folder / f"{name}.XML").write_text(
        '<?xml version="1.0"?><isd><IMD><NUMROWS>200</NUMROWS><NUMCOLUMNS>300</NUMCOLUMNS>'
        "<PRODUCTORDERID>0156_01_P001</PRODUCTORDERID><PRODUCTLEVEL>LV3D</PRODUCTLEVEL>"
        "<BANDID>MULTI</BANDID><BAND_B/><BAND_G/><BAND_R/><BAND_N/><IMAGE><SATID>WV03</SATID>"
        "<FIRSTLINETIME>2022-05-01T02:03:04.500000Z</FIRSTLINETIME><CLOUDCOVER>-999</CLOUDCOVER>"
        "<MEANSUNAZ>150.5</MEANSUNAZ><MEANSUNEL>60.0</MEANSUNEL><MEANSATAZ>90.0</MEANSATAZ>"
        "<MEANOFFNADIRVIEWANGLE>7.5</MEANOFFNADIRVIEWANGLE></IMAGE></IMD><TIL><NUMTILES>1"
        f"</NUMTILES><TILE><FILENAME>{name}.TIF</FILENAME></TILE></TIL></isd>"
    )


def rpb(*, tilt: float = 0.05) -> str:
    """The `.RPB` of Maxar: lines follow latitude, columns longitude and height."""
    line_num = [0, 0, -1, *[0] * 17]
    samp_num = [0, 1, 0, tilt, *[0] * 16]
    one = [1, *[0] * 19]
    lists = {
        "lineNumCoef": line_num,
        "lineDenCoef": one,
        "sampNumCoef": samp_num,
        "sampDenCoef": one,
    }
    keys = {
        "lineOffset": RPC["line_off"], "sampOffset": RPC["samp_off"], "latOffset": RPC["lat_off"],
        "longOffset": RPC["long_off"], "heightOffset": RPC["height_off"],
        "lineScale": RPC["line_scale"], "sampScale": RPC["samp_scale"],
        "latScale": RPC["lat_scale"], "longScale": RPC["long_scale"],
        "heightScale": RPC["height_scale"],
    }  # fmt: skip
    text = "".join(f"\t{key} = {said};\n" for key, said in keys.items())
    for key, numbers in lists.items():
        text += f"\t{key} = (\n" + ",\n".join(f"\t\t{n:.6E}" for n in numbers) + ");\n"
    return f'satId = "WV02";\nbandId = "P";\nSpecId = "RPC00B";\nBEGIN_GROUP = IMAGE\n{text}END_GROUP = IMAGE\nEND;\n'


def basic(root: Path) -> Path:
    """A level 1B image of Maxar: no map, a camera model beside it."""
    folder = root / "basic"
    folder.mkdir(parents=True)
    pixels = textured(1, 200, 300, dtype="uint16", low=200, high=1800)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        with rasterio.open(
            folder / "b.TIF", "w", driver="GTiff", width=300, height=200, count=1, dtype="uint16"
        ) as target:
            target.write(pixels)
    (folder / "b.IMD").write_text(imd(level="LV1B"))
    (folder / "b.RPB").write_text(rpb())
    return folder


def planet(root: Path, *, with_metadata: bool = True) -> Path:
    """A PlanetScope order: manifest, item, udm2."""
    files = root / "order" / "PSScene"
    files.mkdir(parents=True)
    item = "20220411_021234_56_2465"
    names = {
        "ortho_analytic_4b_sr": f"{item}_3B_AnalyticMS_SR_clip.tif",
        "ortho_udm2": f"{item}_3B_udm2_clip.tif",
    }
    write(
        files / names["ortho_analytic_4b_sr"],
        textured(4, 90, 120, dtype="uint16", low=300, high=3000),
        res=3.0,
        nodata=0,
    )
    udm2 = np.zeros((8, 90, 120), np.uint8)
    udm2[0] = 1
    udm2[5, :30], udm2[0, :30] = 1, 0
    udm2[1, 60:], udm2[0, 60:] = 1, 0
    write(files / names["ortho_udm2"], udm2, res=3.0)
    entries = []
    for asset, name in names.items():
        data = (files / name).read_bytes()
        entries.append(
            {
                "path": f"PSScene/{name}",
                "media_type": "image/tiff",
                "size": len(data),
                "digests": {
                    "md5": hashlib.md5(data, usedforsecurity=False).hexdigest(),
                    "sha256": hashlib.sha256(data).hexdigest(),
                },
                "annotations": {
                    "planet/asset_type": asset,
                    "planet/bundle_type": "analytic_sr_udm2",
                    "planet/item_id": item,
                    "planet/item_type": "PSScene",
                },
            }
        )
    (root / "order" / "manifest.json").write_text(json.dumps({"name": "tumen", "files": entries}))
    if with_metadata:
        (files / f"{item}_metadata.json").write_text(
            json.dumps(
                {
                    "type": "Feature",
                    "id": item,
                    "geometry": None,
                    "properties": {
                        "acquired": "2022-04-11T02:12:34.56789Z",
                        "cloud_cover": 0.33,
                        "cloud_percent": 33,
                        "gsd": 3.7,
                        "ground_control": True,
                        "instrument": "PSB.SD",
                        "item_type": "PSScene",
                        "pixel_resolution": 3,
                        "provider": "planetscope",
                        "quality_category": "standard",
                        "satellite_azimuth": 98.6,
                        "satellite_id": "2465",
                        "sun_azimuth": 142.3,
                        "sun_elevation": 51.2,
                        "view_angle": 3.1,
                    },
                }
            )
        )
    return root / "order"


def dimap(root: Path) -> Path:
    """A Pléiades ortho of four bands in two tiles, with its cloud mask."""
    folder = root / "IMG_PHR1A_PMS_001"
    (folder / "MASKS").mkdir(parents=True)
    stem = "IMG_PHR1A_PMS_202205010215210_ORT_abc"
    pixels = textured(4, 80, 200, dtype="uint16", low=200, high=900)
    for n in (1, 2):
        write(
            folder / f"{stem}_R1C{n}.TIF", pixels[:, :, 100 * n - 100 : 100 * n], res=0.5,
            transform=at(100 * n - 100, res=0.5),
        )  # fmt: skip
    index = "".join(
        f"<Raster_Index><BAND_ID>{band}</BAND_ID><BAND_INDEX>{n}</BAND_INDEX></Raster_Index>"
        for n, band in enumerate(("B2", "B1", "B0", "B3"), start=1)
    )
    files = "".join(
        f'<Data_File tile_R="1" tile_C="{n}"><DATA_FILE_PATH href="{stem}_R1C{n}.TIF"/></Data_File>'
        for n in (1, 2)
    )
    radiance = "".join(
        f"<Band_Radiance><BAND_ID>{b}</BAND_ID><GAIN>9.5</GAIN><BIAS>0</BIAS></Band_Radiance>"
        f"<Band_Solar_Irradiance><BAND_ID>{b}</BAND_ID><VALUE>1500</VALUE></Band_Solar_Irradiance>"
        for b in ("B0", "B1", "B2", "B3")
    )
    (folder / f"DIM_{stem[4:]}.XML").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><Dimap_Document><Metadata_Identification>'
        '<METADATA_FORMAT version="2.15">DIMAP</METADATA_FORMAT></Metadata_Identification>'
        "<Dataset_Identification><DATASET_NAME>PHR1A_ORT_abc</DATASET_NAME></Dataset_Identification>"
        '<Dataset_Content><CLOUD_COVERAGE unit="percent">4.5</CLOUD_COVERAGE></Dataset_Content>'
        "<Processing_Information><Product_Settings><PROCESSING_LEVEL>ORTHO</PROCESSING_LEVEL>"
        "<SPECTRAL_PROCESSING>PMS</SPECTRAL_PROCESSING></Product_Settings></Processing_Information>"
        "<Raster_Data><Data_Access><DATA_FILE_TILES>true</DATA_FILE_TILES>"
        f"<Data_Files>{files}</Data_Files></Data_Access><Raster_Dimensions><NROWS>80</NROWS>"
        "<NCOLS>200</NCOLS><NBANDS>4</NBANDS></Raster_Dimensions><Raster_Display>"
        f"<Raster_Index_List>{index}</Raster_Index_List></Raster_Display></Raster_Data>"
        "<Radiometric_Data><Radiometric_Settings><RADIOMETRIC_PROCESSING>BASIC"
        "</RADIOMETRIC_PROCESSING></Radiometric_Settings><Radiometric_Calibration>"
        f"{radiance}</Radiometric_Calibration></Radiometric_Data>"
        "<Geometric_Data><Use_Area><Located_Geometric_Values><LOCATION_TYPE>Top Center"
        "</LOCATION_TYPE></Located_Geometric_Values><Located_Geometric_Values><LOCATION_TYPE>Center"
        "</LOCATION_TYPE><TIME>2022-05-01T02:15:21.0Z</TIME><Acquisition_Angles><AZIMUTH_ANGLE "
        'unit="deg">180.0</AZIMUTH_ANGLE><VIEWING_ANGLE unit="deg">-12.5</VIEWING_ANGLE>'
        '<INCIDENCE_ANGLE unit="deg">14.0</INCIDENCE_ANGLE></Acquisition_Angles><Solar_Incidences>'
        '<SUN_AZIMUTH unit="deg">155.5</SUN_AZIMUTH><SUN_ELEVATION unit="deg">60.0</SUN_ELEVATION>'
        "</Solar_Incidences><Ground_Sample_Distance><GSD_ACROSS_TRACK>0.71</GSD_ACROSS_TRACK>"
        "</Ground_Sample_Distance></Located_Geometric_Values></Use_Area></Geometric_Data>"
        "<Dataset_Sources><Source_Identification><Strip_Source><MISSION>PHR</MISSION><MISSION_INDEX>"
        "1A</MISSION_INDEX><IMAGING_DATE>2022-05-01</IMAGING_DATE><IMAGING_TIME>02:15:21.0Z"
        "</IMAGING_TIME></Strip_Source></Source_Identification></Dataset_Sources></Dimap_Document>"
    )
    ring = f"{EAST} {NORTH} {EAST + 25} {NORTH} {EAST + 25} {NORTH - 40} {EAST} {NORTH - 40} {EAST} {NORTH}"
    (folder / "MASKS" / "CLD_PHR1A_MSK.GML").write_text(
        '<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml/3.2"><gml:featureMember>'
        '<MaskFeature><gml:Polygon srsName="urn:ogc:def:crs:EPSG::32652"><gml:exterior>'
        f"<gml:LinearRing><gml:posList>{ring}</gml:posList></gml:LinearRing></gml:exterior>"
        "</gml:Polygon></MaskFeature></gml:featureMember></gml:FeatureCollection>"
    )
    (root / "VOL_PHR.XML").write_text("<Dimap_Document><Dataset_Content/></Dimap_Document>")
    return root


def safe(root: Path, *, bands=("B02", "B03", "B04", "B08")) -> Path:
    """A Sentinel-2 product of level 2A as a `.SAFE` folder."""
    name = "S2A_MSIL2A_20220411T021601_N0400_R003_T52TDN_20220411T060000"
    folder = root / f"{name}.SAFE"
    tile = folder / "GRANULE" / "L2A_T52TDN_A035"
    for inner in ("IMG_DATA/R10m", "IMG_DATA/R20m", "QI_DATA"):
        (tile / inner).mkdir(parents=True)
    for n, band in enumerate(bands):
        pixels = textured(1, 60, 60, dtype="uint16", seed=n, low=1100, high=4000)
        _jp2(tile / "IMG_DATA" / "R10m" / f"T52TDN_20220411T021601_{band}_10m.jp2", pixels, 10.0)
    scl = np.full((1, 30, 30), 4, np.uint8)
    scl[0, :10], scl[0, 10:12], scl[0, 20:] = 9, 3, 11
    _jp2(tile / "IMG_DATA" / "R20m" / "T52TDN_20220411T021601_SCL_20m.jp2", scl, 20.0)
    (folder / "MTD_MSIL2A.xml").write_text(
        '<n1:Level-2A_User_Product xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD">'
        "<n1:General_Info><Product_Info><PRODUCT_START_TIME>2022-04-11T02:16:01.024Z"
        f"</PRODUCT_START_TIME><PRODUCT_URI>{name}.SAFE</PRODUCT_URI><PROCESSING_LEVEL>Level-2A"
        "</PROCESSING_LEVEL><PROCESSING_BASELINE>04.00</PROCESSING_BASELINE><Datatake>"
        "<SPACECRAFT_NAME>Sentinel-2A</SPACECRAFT_NAME><DATATAKE_SENSING_START>"
        "2022-04-11T02:16:01.024Z</DATATAKE_SENSING_START></Datatake></Product_Info>"
        "<Product_Image_Characteristics><QUANTIFICATION_VALUES_LIST><BOA_QUANTIFICATION_VALUE "
        'unit="none">10000</BOA_QUANTIFICATION_VALUE></QUANTIFICATION_VALUES_LIST>'
        '<BOA_ADD_OFFSET_VALUES_LIST><BOA_ADD_OFFSET band_id="0">-1000</BOA_ADD_OFFSET>'
        "</BOA_ADD_OFFSET_VALUES_LIST></Product_Image_Characteristics></n1:General_Info>"
        "<n1:Quality_Indicators_Info><Cloud_Coverage_Assessment>33.1</Cloud_Coverage_Assessment>"
        "</n1:Quality_Indicators_Info></n1:Level-2A_User_Product>"
    )
    (tile / "MTD_TL.xml").write_text(
        '<n1:Level-2A_Tile_ID xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD"><n1:General_Info>'
        "<TILE_ID>S2A_OPER_MSI_L2A_TL_2APS_20220411T060000_A035_T52TDN_N04.00</TILE_ID>"
        "<SENSING_TIME>2022-04-11T02:24:11.5Z</SENSING_TIME></n1:General_Info><n1:Geometric_Info>"
        '<Tile_Angles><Mean_Sun_Angle><ZENITH_ANGLE unit="deg">36.5</ZENITH_ANGLE><AZIMUTH_ANGLE>'
        "152.5</AZIMUTH_ANGLE></Mean_Sun_Angle><Mean_Viewing_Incidence_Angle_List>"
        '<Mean_Viewing_Incidence_Angle bandId="1"><ZENITH_ANGLE>5.5</ZENITH_ANGLE><AZIMUTH_ANGLE>'
        "104.0</AZIMUTH_ANGLE></Mean_Viewing_Incidence_Angle></Mean_Viewing_Incidence_Angle_List>"
        "</Tile_Angles></n1:Geometric_Info></n1:Level-2A_Tile_ID>"
    )
    return folder


def _jp2(path: Path, pixels: np.ndarray, res: float) -> None:
    count, height, width = pixels.shape
    with rasterio.open(
        path, "w", driver="JP2OpenJPEG", width=width, height=height, count=count,
        dtype=pixels.dtype, crs="EPSG:32652", transform=at(res=res), QUALITY="100",
        REVERSIBLE="YES", YCBCR420="NO",
    ) as target:  # fmt: skip
        target.write(pixels)


def landsat(root: Path, *, bands=("2", "3", "4", "5", "6", "7")) -> Path:
    """A Landsat 8 scene of Collection 2, level 2."""
    product = "LC08_L2SP_115031_20220411_20220419_02_T1"
    folder = root / product
    folder.mkdir(parents=True)
    names = {b: f"{product}_SR_B{b}.TIF" for b in ("2", "3", "4", "5", "6", "7")}
    for n, band in enumerate(bands):
        write(
            folder / names[band],
            textured(1, 40, 50, dtype="uint16", seed=n, low=7500, high=20000),
            res=30.0,
        )
    qa = np.full((1, 40, 50), 1 << 6, np.uint16)
    qa[0, :8], qa[0, 8:10], qa[0, 39] = 1 << 3, 1 << 4, 1
    write(folder / f"{product}_QA_PIXEL.TIF", qa, res=30.0)
    write(folder / f"{product}_ST_B10.TIF", textured(1, 40, 50, dtype="uint16"), res=30.0)
    listed = "".join(f'    FILE_NAME_BAND_{b} = "{name}"\n' for b, name in names.items())
    scale = "".join(
        f"    REFLECTANCE_MULT_BAND_{b} = 2.75e-05\n    REFLECTANCE_ADD_BAND_{b} = -0.2\n"
        for b in names
    )
    (folder / f"{product}_MTL.txt").write_text(
        "GROUP = LANDSAT_METADATA_FILE\n  GROUP = PRODUCT_CONTENTS\n"
        f'    LANDSAT_PRODUCT_ID = "{product}"\n    PROCESSING_LEVEL = "L2SP"\n'
        f'    COLLECTION_NUMBER = 02\n{listed}    FILE_NAME_QUALITY_L1_PIXEL = "{product}_QA_PIXEL.TIF"\n'
        "  END_GROUP = PRODUCT_CONTENTS\n  GROUP = IMAGE_ATTRIBUTES\n"
        '    SPACECRAFT_ID = "LANDSAT_8"\n    SENSOR_ID = "OLI_TIRS"\n    DATE_ACQUIRED = 2022-04-11\n'
        '    SCENE_CENTER_TIME = "02:05:43.1234567Z"\n    CLOUD_COVER = 12.34\n'
        '    SUN_AZIMUTH = 145.6\n    SUN_ELEVATION = 52.1\n    NADIR_OFFNADIR = "NADIR"\n'
        "    ROLL_ANGLE = -0.001\n  END_GROUP = IMAGE_ATTRIBUTES\n"
        f"  GROUP = LEVEL2_SURFACE_REFLECTANCE_PARAMETERS\n{scale}"
        "  END_GROUP = LEVEL2_SURFACE_REFLECTANCE_PARAMETERS\nEND_GROUP = LANDSAT_METADATA_FILE\nEND\n"
    )
    return folder


def naip(root: Path) -> Path:
    """A quarter quadrangle and its FGDC metadata."""
    root.mkdir(parents=True, exist_ok=True)
    stem = "m_4609929_nw_14_060_20200715_20201023"
    write(root / f"{stem}.tif", textured(4, 50, 60), res=0.6)
    (root / f"{stem}.xml").write_text(
        "<metadata><idinfo><citation><citeinfo><title>FSA 10:1 NAIP Imagery m_4609929</title>"
        "</citeinfo></citation><timeperd><timeinfo><sngdate><caldate>20200715</caldate></sngdate>"
        "</timeinfo></timeperd><useconst>None. Credit USDA FPAC.</useconst></idinfo></metadata>"
    )
    return root


def up42(root: Path) -> Path:
    """A STAC item with its files beside it, as UP42 and SkyFi deliver."""
    (root / "assets").mkdir(parents=True)
    write(root / "assets" / "ortho.tif", textured(4, 50, 60, dtype="uint16"), res=0.5)
    (root / "data.json").write_text(
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "stac_version": "1.0.0",
                        "id": "order-1-scene-1",
                        "collection": "up42",
                        "geometry": None,
                        "properties": {
                            "datetime": "2022-05-01T02:15:21Z",
                            "platform": "sat-9",
                            "gsd": 0.5,
                            "view:off_nadir": 12.5,
                            "view:azimuth": 201.0,
                            "view:sun_elevation": 60.0,
                            "eo:cloud_cover": 3,
                            "license": "proprietary",
                            "providers": [{"name": "Somebody", "roles": ["producer"]}],
                        },
                        "assets": {
                            "data": {
                                "href": "./assets/ortho.tif",
                                "roles": ["data"],
                                "eo:bands": [
                                    {"common_name": name}
                                    for name in ("blue", "green", "red", "nir")
                                ],
                            },
                            "thumbnail": {"href": "./thumb.png", "roles": ["thumbnail"]},
                        },
                    }
                ],
            }
        )
    )
    return root


def mosaic(root: Path) -> Path:
    """A mosaic of two dates: a Vivid-like image and the layer that says which part is which."""
    from pyproj import Transformer

    root.mkdir(parents=True)
    write(root / "mosaic.tif", textured(3, 100, 200), res=1.0)
    to_degrees = Transformer.from_crs(32652, 4326, always_xy=True)

    def ring(left: float, right: float) -> list[list[list[float]]]:
        x = [EAST + left, EAST + right, EAST + right, EAST + left, EAST + left]
        y = [NORTH, NORTH, NORTH - 100, NORTH - 100, NORTH]
        return [[list(to_degrees.transform(a, b)) for a, b in zip(x, y, strict=True)]]

    (root / "mosaic_CUT.geojson").write_text(
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "properties": {"acq_date": day, "sensor": sensor},
                        "geometry": {"type": "Polygon", "coordinates": ring(*ends)},
                    }
                    for day, sensor, ends in (
                        ("2022-04-11", "WV02", (0, 120)),
                        ("2022-09-30", "GE01", (120, 200)),
                    )
                ],
            }
        )
    )
    return root
