//! Teams' rules for icons ("Design your app icon", Microsoft Teams documentation).

use std::io::Cursor;

use anyhow::{Context, Result, ensure};
use png::{ColorType, Decoder, Transformations};

const COLOR: u32 = 192;
const OUTLINE: u32 = 32;

/// Checks the colour icon: 192 x 192 pixels, opaque to the edges. Teams rounds the corners.
///
/// # Errors
/// If the icon breaks one of Teams' rules.
pub fn check_color(png: &[u8]) -> Result<()> {
    let pixels = pixels(png, COLOR)?;
    ensure!(pixels.iter().all(|[.., alpha]| *alpha == 255), "must fill its square: no transparent pixel");
    Ok(())
}

/// Checks the outline icon: 32 x 32 pixels, white only, on a transparent background.
///
/// # Errors
/// If the icon breaks one of Teams' rules.
pub fn check_outline(png: &[u8]) -> Result<()> {
    let pixels = pixels(png, OUTLINE)?;
    let white = |[red, green, blue, alpha]: &[u8; 4]| *alpha == 0 || [*red, *green, *blue] == [255; 3];
    ensure!(pixels.iter().all(white), "must be white only, in every pixel that shows");
    let (clear, drawn) = (|p: &[u8; 4]| p[3] == 0, |p: &[u8; 4]| p[3] == 255);
    ensure!(pixels.iter().any(clear), "must have a transparent background");
    ensure!(pixels.iter().any(drawn), "shows nothing");
    Ok(())
}

/// The pixels as red, green, blue and alpha.
fn pixels(png: &[u8], side: u32) -> Result<Vec<[u8; 4]>> {
    let mut decoder = Decoder::new(Cursor::new(png));
    decoder.set_transformations(Transformations::normalize_to_color8() | Transformations::ALPHA);
    let mut reader = decoder.read_info().context("is not a PNG")?;
    let info = reader.info();
    ensure!((info.width, info.height) == (side, side), "must be {side} x {side} pixels");
    let mut bytes = vec![0; reader.output_buffer_size().context("is too large")?];
    let frame = reader.next_frame(&mut bytes).context("is an incomplete PNG")?;
    let bytes = bytes.get(..frame.buffer_size()).unwrap_or_default();
    Ok(match frame.color_type {
        ColorType::GrayscaleAlpha => {
            let (pairs, _) = bytes.as_chunks::<2>();
            pairs.iter().map(|[gray, alpha]| [*gray, *gray, *gray, *alpha]).collect()
        }
        _ => bytes.as_chunks::<4>().0.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(side: u32, pixel: impl Fn(u32, u32) -> [u8; 4]) -> Vec<u8> {
        let mut png = Vec::new();
        let mut encoder = png::Encoder::new(&mut png, side, side);
        encoder.set_color(ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        let data: Vec<u8> = (0..side * side).flat_map(|at| pixel(at % side, at / side)).collect();
        encoder.write_header().unwrap().write_image_data(&data).unwrap();
        png
    }

    #[test]
    fn the_icon_in_colour_fills_its_square() {
        assert!(check_color(&drawn(192, |_, _| [79, 82, 178, 255])).is_ok());
        let rounded = drawn(192, |x, y| [79, 82, 178, if x + y < 5 { 0 } else { 255 }]);
        assert!(check_color(&rounded).unwrap_err().to_string().contains("fill its square"));
        assert!(
            check_color(&drawn(96, |_, _| [0, 0, 0, 255])).unwrap_err().to_string().contains("192 x 192")
        );
        assert!(check_color(b"no picture").is_err());
    }

    #[test]
    fn the_outline_is_white_on_nothing() {
        let lines = |ink: [u8; 4]| drawn(32, move |x, _| if x == 7 { ink } else { [0, 0, 0, 0] });
        assert!(check_outline(&lines([255, 255, 255, 255])).is_ok());
        assert!(check_outline(&lines([255, 255, 254, 255])).unwrap_err().to_string().contains("white only"));
        assert!(check_outline(&lines([255, 255, 255, 0])).unwrap_err().to_string().contains("nothing"));
        let full = drawn(32, |_, _| [255; 4]);
        assert!(check_outline(&full).unwrap_err().to_string().contains("transparent background"));
    }
}
